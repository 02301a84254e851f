"""The API as a person with curl sees it, over a broker in memory."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from libs.common.contracts.commands import StartSync
from libs.common.contracts.enums import Outcome
from libs.common.contracts.resources import SCHEDULED, Resource
from libs.common.errors import ConfigurationError
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Message
from services.gateway.scheduling.cron import Schedule
from services.gateway.server import bound_socket
from tests.integration.gateway.running_gateway import (
    TOPICS,
    RunningGateway,
    running_gateway,
    started_only,
    workers,
)
from tests.unit.gateway.fake_gateway import FixedClock
from tests.unit.gateway.sample_messages import T0, fetched, finished, page, started

pytestmark = pytest.mark.integration

GUIDE_FIELDS = {
    "status", "startTime", "totalRecords", "processedRecords", "errors", "currentPage", "message",
}  # fmt: skip


@pytest.fixture
async def gateway() -> AsyncIterator[RunningGateway]:
    async with running_gateway() as running:
        yield running


@pytest.mark.parametrize("resource", list(Resource))
async def test_progress_before_any_sync(gateway: RunningGateway, resource: Resource) -> None:
    status, body = await gateway.get(f"/api/hemis/progress/{resource}")

    assert status == 200
    assert set(body) >= GUIDE_FIELDS
    assert (body["status"], body["totalRecords"], body["errors"]) == ("idle", 0, [])


async def test_a_sync_from_its_start_to_its_end(gateway: RunningGateway) -> None:
    status, accepted = await gateway.post("/api/hemis/sync/students")
    name = accepted["syncId"]
    _, requested = await gateway.get("/api/hemis/progress/students")
    gateway.publish(started(sync_id=name), page(1, sync_id=name))
    running = await gateway.until("/api/hemis/progress/students", lambda body: body["currentPage"])
    gateway.publish(fetched(sync_id=name), finished(sync_id=name))
    ended = await gateway.until(f"/api/hemis/syncs/{name}", lambda body: body["complete"])

    assert (status, accepted["status"], accepted["resource"], accepted["mode"]) == (
        202, "requested", "students", "full",
    )  # fmt: skip
    assert (requested["syncId"], requested["status"]) == (name, "requested")
    assert running["status"] == "stalled"  # no service sends heartbeats here
    assert (ended["status"], ended["processedRecords"], ended["outcome"]) == (
        "completed", 100, "completed",
    )  # fmt: skip


async def test_a_sync_whose_services_send_heartbeats_is_running(gateway: RunningGateway) -> None:
    async with workers(gateway, started_only):
        await gateway.post("/api/hemis/sync/students")
        body = await gateway.until(
            "/api/hemis/progress/students", lambda body: body["status"] == "running"
        )

    assert body["message"] == "Processing page 1..."


async def test_a_second_sync_is_refused_with_the_first_ones_id(gateway: RunningGateway) -> None:
    _, first = await gateway.post("/api/hemis/sync/students")

    status, problem = await gateway.post("/api/hemis/sync/students")

    assert status == 409
    assert (problem["code"], problem["syncId"]) == ("sync_active", first["syncId"])


async def test_fifty_concurrent_requests_give_one_202_and_49_times_409(
    gateway: RunningGateway,
) -> None:
    answers = await asyncio.gather(*(gateway.post("/api/hemis/sync/students") for _ in range(50)))

    statuses = [status for status, _ in answers]
    assert (statuses.count(202), statuses.count(409)) == (1, 49)
    assert len({body["syncId"] for _, body in answers}) == 1
    assert len(gateway.commands()) == 1


async def test_an_accepted_sync_names_where_to_follow_it(gateway: RunningGateway) -> None:
    headers = {"Idempotency-Key": "nightly"}
    url = gateway.url + "/api/hemis/sync/employees"

    async with gateway.http.post(url, headers=headers) as first:
        location = first.headers["Location"]
    async with gateway.http.post(url, headers=headers) as again:
        assert (again.status, again.headers["Location"]) == (202, location)

    assert (await gateway.get(location))[0] == 200
    assert len(gateway.commands()) == 1


async def test_incremental_employees_are_a_full_sync_that_says_why(gateway: RunningGateway) -> None:
    _, body = await gateway.post("/api/hemis/sync/employees?mode=incremental")

    assert body["mode"] == "full"
    assert "full sync" in body["message"]


async def test_a_running_sync_is_cancelled_and_resumed(gateway: RunningGateway) -> None:
    gateway.publish(started(), page(1))
    await gateway.until("/api/hemis/progress/students", lambda body: body["currentPage"] == 2)
    sync = f"/api/hemis/syncs/{started().sync_id}"

    cancelled, _ = await gateway.post(f"{sync}/cancel")
    gateway.publish(fetched(Outcome.CANCELLED))
    await gateway.until(sync, lambda body: body["status"] == "cancelled")
    too_late, problem = await gateway.post(f"{sync}/cancel")
    resumed, body = await gateway.post(f"{sync}/resume")

    assert (cancelled, too_late, problem["code"]) == (202, 409, "not_cancellable")
    assert (resumed, body["status"]) == (202, "requested")


@pytest.mark.parametrize("path", ["cancel", "resume"])
async def test_an_unknown_sync_is_a_404(gateway: RunningGateway, path: str) -> None:
    status, problem = await gateway.post(f"/api/hemis/syncs/nobody/{path}")

    assert (status, problem["code"]) == (404, "unknown_sync")


async def test_a_named_origin_may_call_everything() -> None:
    origin = "https://portal.example.uz"
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    async with running_gateway(gateway_cors_origins=origin) as gateway:
        answer = await gateway.http.options(
            f"{gateway.url}/api/hemis/sync/students", headers=headers
        )

    assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_the_schedule_shows_its_next_five_runs() -> None:
    async with running_gateway(
        hemis_sync_cron="0 1 * * *", hemis_sync_timezone="Asia/Tashkent"
    ) as gateway:
        _, body = await gateway.get("/api/hemis/schedule")

    assert (body["cron"], body["timezone"], len(body["next"])) == (
        "0 1 * * *", "Asia/Tashkent", 5,
    )  # fmt: skip
    assert body["next"][0]["local"].endswith("T01:00:00+05:00")
    assert (body["words"], body["misfire"], body["ticks"]) == ("every day at 01:00", "latest", [])


async def test_the_schedule_shows_the_result_of_its_ticks(gateway: RunningGateway) -> None:
    minute = T0 - T0 % 60_000
    schedule = Schedule("* * * * *", "UTC")
    name = schedule.sync_id(Resource.STUDENTS, minute)
    gateway.publish(started(sync_id=name, tick_at=minute, at=minute + 5))

    async with running_gateway(gateway.broker, hemis_sync_cron="* * * * *") as second:
        _, body = await second.get("/api/hemis/schedule")

    (tick,) = (tick for tick in body["ticks"] if tick["resource"] == "students")
    assert (tick["outcome"], tick["syncId"], tick["at"]) == ("sync", name, minute)
    assert (tick["lateSeconds"], tick["reason"]) == (0, None)


async def test_the_contract_names_every_problem_and_the_page_shows_it(
    gateway: RunningGateway,
) -> None:
    _, contract = await gateway.get("/openapi.json")
    docs = await gateway.http.get(gateway.url + "/docs")

    start = contract["paths"]["/api/hemis/sync/{resource}"]["post"]
    assert set(start["responses"]) >= {"202", "409", "413", "422", "503"}
    assert set(start["responses"]["409"]["content"]) == {"application/problem+json"}
    assert "HTTPValidationError" not in contract["components"]["schemas"]
    assert docs.status == 200


async def test_the_dashboard_is_revalidated_each_time_and_sent_if_it_changed(
    gateway: RunningGateway,
) -> None:
    first = await gateway.http.get(gateway.url + "/")
    script = await gateway.http.get(gateway.url + "/dashboard/app/main.js")
    known = {"If-None-Match": script.headers["ETag"]}
    again = await gateway.http.get(gateway.url + "/dashboard/app/main.js", headers=known)

    assert (first.status, first.content_type) == (200, "text/html")
    assert {answer.headers["Cache-Control"] for answer in (first, script)} == {"no-cache"}
    assert (script.content_type, again.status) == ("text/javascript", 304)


async def test_health_and_metrics(gateway: RunningGateway) -> None:
    metrics = await gateway.http.get(gateway.url + "/metrics")

    assert (await gateway.get("/healthz"))[0] == 200
    assert (await gateway.get("/readyz")) == (200, {"kafka": "ok", "topics_read": "ok"})
    assert "process_resident_memory_bytes" in await metrics.text()


async def test_an_unreadable_message_is_skipped_by_a_running_gateway(
    gateway: RunningGateway,
) -> None:
    for topic in (TOPICS.commands, TOPICS.progress, TOPICS.services):
        for value in (b"junk", b'{"type":"NewerThanThis"}', None):
            gateway.broker.append(Message(topic, "key", value))
    gateway.publish(started())

    body = await gateway.until("/api/hemis/progress/students", lambda body: body["syncId"])

    assert body["attempt"] == 1


async def test_a_restarted_gateway_shows_the_same(gateway: RunningGateway) -> None:
    gateway.publish(started(), page(3), fetched(), finished())
    before = await gateway.until("/api/hemis/progress/students", lambda body: body["complete"])

    async with running_gateway(gateway.broker) as second:
        _, after = await second.get("/api/hemis/progress/students")

    assert after == before


async def test_an_open_connection_does_not_hold_up_the_stop() -> None:
    async with aiohttp.ClientSession() as idle, asyncio.timeout(5), running_gateway() as gateway:
        await idle.get(gateway.url + "/healthz")


async def test_two_gateways_make_one_sync_of_a_tick() -> None:
    minute = T0 - T0 % 60_000 + 60_000
    clock = FixedClock(minute - 100)
    broker = InMemoryBroker()

    async with (
        running_gateway(broker, clock, hemis_sync_cron="* * * * *") as gateway,
        running_gateway(broker, clock, hemis_sync_cron="* * * * *"),
    ):
        clock.now = minute
        await gateway.has_commands(len(SCHEDULED))

    named = {(command.resource, command.sync_id) for command in gateway.commands()}
    assert {resource for resource, _ in named} == set(SCHEDULED)
    assert len(named) == len(SCHEDULED)
    assert all(isinstance(command, StartSync) for command in gateway.commands())


async def test_a_taken_port_is_a_wrong_configuration(gateway: RunningGateway) -> None:
    port = int(gateway.url.rsplit(":", 1)[1])

    with pytest.raises(ConfigurationError, match="GATEWAY_PORT: cannot listen on"):
        bound_socket("127.0.0.1", port)

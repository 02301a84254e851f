"""The API as a person with curl sees it, over a broker in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from libs.common.contracts.commands import Command, FetchRecords, StartSync
from libs.common.contracts.events import Event
from libs.common.contracts.resources import Resource
from libs.common.contracts.words import Kind, Outcome
from libs.common.errors import ConfigurationError
from libs.common.kafka.memory import InMemoryBroker
from libs.common.kafka.ports import Message
from services.gateway.server import bound_socket
from tests.integration.gateway.stage import TOPICS, Stage, staged, started_only, workers
from tests.unit.gateway.house import StillClock
from tests.unit.gateway.messages import T0, fetched, finished, page, started

pytestmark = pytest.mark.integration

GUIDE_FIELDS = {
    "status", "startTime", "totalRecords", "processedRecords", "errors", "currentPage", "message",
}  # fmt: skip
STUDENT = "/api/hemis/sync/student"
EMPLOYEE = "/api/hemis/sync/employee"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as running:
        yield running


@pytest.mark.parametrize("resource", list(Resource))
async def test_progress_before_any_sync(stage: Stage, resource: Resource) -> None:
    status, body = await stage.get(f"/api/hemis/progress/{resource}")

    assert status == 200
    assert set(body) >= GUIDE_FIELDS
    assert (body["status"], body["totalRecords"], body["errors"]) == ("idle", 0, [])


async def test_a_sync_from_its_start_to_its_end(stage: Stage) -> None:
    status, accepted = await stage.post("/api/hemis/sync/students")
    name = accepted["syncId"]
    _, requested = await stage.get("/api/hemis/progress/students")
    stage.say(started(sync_id=name), page(1, sync_id=name))
    running = await stage.until("/api/hemis/progress/students", lambda body: body["currentPage"])
    stage.say(fetched(sync_id=name), finished(sync_id=name))
    ended = await stage.until(f"/api/hemis/syncs/{name}", lambda body: body["complete"])

    assert (status, accepted["status"], accepted["resource"], accepted["mode"]) == (
        202, "requested", "students", "full",
    )  # fmt: skip
    assert (requested["syncId"], requested["status"]) == (name, "requested")
    assert running["status"] == "stalled"  # nobody beats on this stage
    assert (ended["status"], ended["processedRecords"], ended["outcome"]) == (
        "completed", 100, "completed",
    )  # fmt: skip


async def test_a_sync_with_living_workers_is_running(stage: Stage) -> None:
    async with workers(stage, started_only):
        await stage.post("/api/hemis/sync/students")
        body = await stage.until(
            "/api/hemis/progress/students", lambda body: body["status"] == "running"
        )

    assert body["message"] == "Processing page 1..."


async def test_a_second_sync_is_refused_with_the_first_ones_id(stage: Stage) -> None:
    _, first = await stage.post("/api/hemis/sync/students")

    status, problem = await stage.post("/api/hemis/sync/students")

    assert status == 409
    assert (problem["code"], problem["syncId"]) == ("sync_active", first["syncId"])


async def test_fifty_at_once_give_one_202_and_49_times_409(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.post("/api/hemis/sync/students") for _ in range(50)))

    statuses = [status for status, _ in answers]
    assert (statuses.count(202), statuses.count(409)) == (1, 49)
    assert len({body["syncId"] for _, body in answers}) == 1
    assert len(stage.commands()) == 1


async def test_an_accepted_sync_names_where_to_follow_it(stage: Stage) -> None:
    headers = {"Idempotency-Key": "nightly"}
    url = stage.url + "/api/hemis/sync/employees"

    async with stage.http.post(url, headers=headers) as first:
        location = first.headers["Location"]
    async with stage.http.post(url, headers=headers) as again:
        assert (again.status, again.headers["Location"]) == (202, location)

    assert (await stage.get(location))[0] == 200
    assert len(stage.commands()) == 1


async def test_incremental_employees_are_a_full_sync_that_says_why(stage: Stage) -> None:
    _, body = await stage.post("/api/hemis/sync/employees?mode=incremental")

    assert body["mode"] == "full"
    assert "full sync" in body["message"]


async def test_cancel_and_resume(stage: Stage) -> None:
    stage.say(started(), page(1))
    await stage.until("/api/hemis/progress/students", lambda body: body["currentPage"] == 2)
    sync = f"/api/hemis/syncs/{started().sync_id}"

    cancelled, _ = await stage.post(f"{sync}/cancel")
    stage.say(fetched(Outcome.CANCELLED))
    await stage.until(sync, lambda body: body["status"] == "cancelled")
    too_late, problem = await stage.post(f"{sync}/cancel")
    resumed, body = await stage.post(f"{sync}/resume")

    assert (cancelled, too_late, problem["code"]) == (202, 409, "not_cancellable")
    assert (resumed, body["status"]) == (202, "requested")


@pytest.mark.parametrize("path", ["cancel", "resume"])
async def test_an_unknown_sync_is_a_404(stage: Stage, path: str) -> None:
    status, problem = await stage.post(f"/api/hemis/syncs/nobody/{path}")

    assert (status, problem["code"]) == (404, "unknown_sync")


def found(command: Command) -> list[Event]:
    """Find every single record at once, as two positions of which one is new."""
    if not isinstance(command, FetchRecords):
        return started_only(command)
    mine: dict[str, Any] = {"sync_id": command.sync_id, "resource": command.resource}
    counts = {"distinct": 2, "inserted": 1, "updated": 0, "unchanged": 1}
    return [
        started(**mine, kind=Kind.SINGLE),
        fetched(**mine),
        finished(**mine, **counts, hemis_ids=(50421,)),
    ]


async def test_one_student_is_answered_with_what_became_of_the_row(stage: Stage) -> None:
    async with workers(stage, found):
        status, body = await stage.post(
            STUDENT, json={"hemis_id": 50421, "student_id_number": "326251200658"}
        )

    assert (status, body["hemisId"], body["outcome"]) == (200, 50421, "inserted")
    assert set(body) == {"syncId", "hemisId", "outcome"}


async def test_one_employee_is_answered_for_all_positions(stage: Stage) -> None:
    async with workers(stage, found):
        status, body = await stage.post(EMPLOYEE, json={"employee_id_number": "3262311010"})

    assert (status, body["positions"], body["outcome"]) == (200, 2, "inserted")


async def test_a_single_record_is_answered_during_a_full_sync(stage: Stage) -> None:
    async with workers(stage, found):
        _, full = await stage.post("/api/hemis/sync/students")
        status, _ = await stage.post(STUDENT, json={"hemis_id": 50421})
        _, progress = await stage.get("/api/hemis/progress/students")

    assert status == 200
    assert progress["syncId"] == full["syncId"]


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Outcome.NOT_FOUND, 404, "record_not_found"),
        (Outcome.MISMATCH, 422, "record_mismatch"),
        (Outcome.FAILED, 502, "hemis_failed"),
        (Outcome.CANCELLED, 409, "sync_cancelled"),
    ],
)
async def test_a_record_that_was_not_synced(
    stage: Stage, outcome: Outcome, status: int, code: str
) -> None:
    def end(command: Command) -> list[Event]:
        return [fetched(outcome, sync_id=command.sync_id, reason="HEMIS was away")]

    async with workers(stage, end):
        answer = await stage.post(STUDENT, json={"hemis_id": 1})

    assert (answer[0], answer[1]["code"]) == (status, code)


async def test_not_finished_in_time_is_a_202(stage: Stage) -> None:
    status, body = await stage.post(f"{STUDENT}?wait=0", json={"hemis_id": 1})

    assert (status, body["status"]) == (202, "requested")


async def test_a_stop_ends_a_wait(stage: Stage) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(stage.post(f"{STUDENT}?wait=30", json={"hemis_id": 1}))
        await stage.has_commands(1)
        stage.stop.set()

    assert waiting.result()[0] == 202


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "null",
        '{"hemis_id": ',
        '{"hemis_id": "50421"}',
        '{"hemis_id": true}',
        '{"hemis_id": 1.5}',
        '{"hemis_id": 0}',
        '{"hemis_id": 9223372036854775808}',
        '{"hemis_id": 1, "surname": "x"}',
        '{"hemis_id": 1, "\\ud800": 1}',
        '{"hemis_id": null, "student_id_number": null}',
        '{"student_id_number": ""}',
        '{"student_id_number": 326251200658}',
        '{"student_id_number": "\\ud800"}',
        '{"student_id_number": "1 2"}',
        json.dumps({"student_id_number": "3" * 33}),
    ],
)
async def test_a_wrong_body_is_a_422_that_names_the_field(stage: Stage, body: str) -> None:
    headers = {"Content-Type": "application/json"}

    status, problem = await stage.post(STUDENT, data=body.encode(), headers=headers)

    assert (status, problem["code"]) == (422, "invalid_request")
    assert problem["errors"]
    assert stage.commands() == []


@pytest.mark.parametrize("body", [b"[" * 60_000, b"\xff\xfe{}", b'{"hemis_id": 1e400}'])
async def test_a_hostile_body_is_no_server_error(stage: Stage, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    status, problem = await stage.post(STUDENT, data=body, headers=headers)

    assert 400 <= status < 500
    assert problem["code"]


async def test_a_body_over_64_kib_is_a_413_announced_or_in_chunks(stage: Stage) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(2_000):
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    announced, _ = await stage.post(STUDENT, data=b" " * 900_000, headers=headers)
    chunked, problem = await stage.post(STUDENT, data=chunks(), headers=headers)

    assert (announced, chunked, problem["code"]) == (413, 413, "body_too_large")


@pytest.mark.parametrize("wait", ["-1", "31", "soon", "nan"])
async def test_a_wrong_wait_is_a_422(stage: Stage, wait: str) -> None:
    status, _ = await stage.post(f"{STUDENT}?wait={wait}", json={"hemis_id": 1})

    assert status == 422


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/hemis/progress/teachers", 404, "not_found"),
        ("POST", "/api/hemis/sync/teachers", 404, "not_found"),
        ("GET", "/api/hemis/syncs/nobody", 404, "unknown_sync"),
        ("DELETE", "/api/hemis/progress/students", 405, "method_not_allowed"),
        ("POST", "/api/hemis/sync/students?mode=all", 422, "invalid_request"),
    ],
)
async def test_every_error_is_a_problem_document(
    stage: Stage, method: str, path: str, status: int, code: str
) -> None:
    async with stage.http.request(method, stage.url + path) as response:
        problem = await response.json(content_type="application/problem+json")

    assert (response.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"]
    assert problem["title"]


async def test_progress_is_open_to_every_origin_and_nothing_else_is(stage: Stage) -> None:
    headers = {"Origin": "https://portal.example.uz"}

    opened = await stage.http.get(f"{stage.url}/api/hemis/progress/students", headers=headers)
    closed = await stage.http.get(f"{stage.url}/api/hemis/schedule", headers=headers)

    assert opened.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in closed.headers


async def test_a_named_origin_may_call_everything() -> None:
    origin = "https://portal.example.uz"
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    async with staged(gateway_cors_origins=origin) as stage:
        answer = await stage.http.options(f"{stage.url}/api/hemis/sync/students", headers=headers)

    assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_the_schedule_shows_its_next_five_runs() -> None:
    async with staged(hemis_sync_cron="0 1 * * *", hemis_sync_timezone="Asia/Tashkent") as stage:
        _, body = await stage.get("/api/hemis/schedule")

    assert (body["cron"], body["timezone"], len(body["next"])) == (
        "0 1 * * *", "Asia/Tashkent", 5,
    )  # fmt: skip
    assert body["next"][0]["local"].endswith("T01:00:00+05:00")


async def test_the_contract_names_every_problem_and_the_page_shows_it(stage: Stage) -> None:
    _, contract = await stage.get("/openapi.json")
    docs = await stage.http.get(stage.url + "/")

    start = contract["paths"]["/api/hemis/sync/{resource}"]["post"]
    assert set(start["responses"]) >= {"202", "409", "413", "422", "503"}
    assert set(start["responses"]["409"]["content"]) == {"application/problem+json"}
    assert "HTTPValidationError" not in contract["components"]["schemas"]
    assert (docs.status, docs.url.path) == (200, "/docs")


async def test_health_and_metrics(stage: Stage) -> None:
    metrics = await stage.http.get(stage.url + "/metrics")

    assert (await stage.get("/healthz"))[0] == 200
    assert (await stage.get("/readyz")) == (200, {"kafka": "ok", "topics_read": "ok"})
    assert "process_resident_memory_bytes" in await metrics.text()


async def test_a_message_that_is_not_ours_disturbs_nobody(stage: Stage) -> None:
    for topic in (TOPICS.commands, TOPICS.progress, TOPICS.services):
        for value in (b"junk", b'{"type":"NewerThanThis"}', None):
            stage.broker.append(Message(topic, "key", value))
    stage.say(started())

    body = await stage.until("/api/hemis/progress/students", lambda body: body["syncId"])

    assert body["attempt"] == 1


async def test_a_restarted_gateway_shows_the_same(stage: Stage) -> None:
    stage.say(started(), page(3), fetched(), finished())
    before = await stage.until("/api/hemis/progress/students", lambda body: body["complete"])

    async with staged(stage.broker) as second:
        _, after = await second.get("/api/hemis/progress/students")

    assert after == before


async def test_an_open_connection_does_not_hold_up_the_stop() -> None:
    async with aiohttp.ClientSession() as idle, asyncio.timeout(5), staged() as stage:
        await idle.get(stage.url + "/healthz")


async def test_two_gateways_make_one_sync_of_a_tick() -> None:
    minute = T0 - T0 % 60_000 + 60_000
    clock = StillClock(minute - 100)
    broker = InMemoryBroker()

    async with (
        staged(broker, clock, hemis_sync_cron="* * * * *") as stage,
        staged(broker, clock, hemis_sync_cron="* * * * *"),
    ):
        clock.now = minute
        await stage.has_commands(len(Resource))

    named = {(command.resource, command.sync_id) for command in stage.commands()}
    assert len(named) == len(Resource)
    assert all(isinstance(command, StartSync) for command in stage.commands())


async def test_a_taken_port_is_a_wrong_configuration(stage: Stage) -> None:
    port = int(stage.url.rsplit(":", 1)[1])

    with pytest.raises(ConfigurationError, match="GATEWAY_PORT: cannot listen on"):
        bound_socket("127.0.0.1", port)

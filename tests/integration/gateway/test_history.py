"""History, all errors of a sync, and the status of services, over real HTTP."""

from typing import Any

import pytest

from tests.integration.gateway.running_gateway import RunningGateway, running_gateway, workers
from tests.unit.gateway.sample_messages import SYNC, T0, finished, loaded, page, rejected, started

pytestmark = pytest.mark.integration

SYNCS = "/api/hemis/syncs"


def ids(body: Any) -> list[str]:
    return [item["syncId"] for item in body["items"]]


async def known(gateway: RunningGateway, sync_id: str) -> None:
    await gateway.until(f"{SYNCS}/{sync_id}", lambda body: body.get("syncId") == sync_id)


async def test_pages_stay_the_same_while_new_syncs_arrive() -> None:
    async with running_gateway() as gateway:
        gateway.publish(*(started(sync_id=f"s{number}", at=T0 + number) for number in range(5)))
        await known(gateway, "s4")
        _, first = await gateway.get(SYNCS, params={"limit": "2"})
        gateway.publish(started(sync_id="s5", at=T0 + 5))
        await known(gateway, "s5")
        _, second = await gateway.get(SYNCS, params={"limit": "2", "before": first["next"]})
        _, third = await gateway.get(SYNCS, params={"limit": "2", "before": second["next"]})

    assert [ids(first), ids(second), ids(third)] == [["s4", "s3"], ["s2", "s1"], ["s0"]]
    assert third["next"] is None


async def test_syncs_are_filtered_by_resource_and_status() -> None:
    async with running_gateway() as gateway, workers(gateway, lambda _: []):
        gateway.publish(
            started(sync_id="running"), started(sync_id="over"), finished(sync_id="over")
        )
        await gateway.until(f"{SYNCS}/over", lambda body: body.get("status") == "completed")
        _, completed = await gateway.get(SYNCS, params={"status": "completed"})
        _, none = await gateway.get(SYNCS, params={"resource": "employees"})

    assert ids(completed) == ["over"]
    assert none == {"items": [], "next": None}


@pytest.mark.parametrize(
    "query",
    [
        {"before": "x"},
        {"before": "1."},
        {"before": f"{10**20}.s"},
        {"limit": "0"},
        {"status": "odd"},
        {"colour": "red"},
    ],
)
async def test_an_invalid_query_is_a_problem(query: dict[str, str]) -> None:
    async with running_gateway() as gateway:
        status, problem = await gateway.get(SYNCS, params=query)

    assert (status, problem["code"]) == (422, "invalid_request")


async def test_all_errors_of_a_sync_come_page_by_page() -> None:
    async with running_gateway() as gateway:
        gateway.publish(
            started(), *(rejected(number) for number in range(1200)), loaded(1, rejected=1200)
        )
        await gateway.until(f"{SYNCS}/{SYNC}", lambda body: body.get("rejected") == 1200)
        lines: list[str] = []
        after: int | None = 0
        while after is not None:
            _, body = await gateway.get(f"{SYNCS}/{SYNC}/errors", params={"after": str(after)})
            lines += body["items"]
            after = body["next"]
        missing, problem = await gateway.get(f"{SYNCS}/nobody/errors")

    assert len(set(lines)) == 1200
    assert (missing, problem["code"]) == (404, "unknown_sync")


async def test_the_status_names_services_freshness_and_lag() -> None:
    async with running_gateway() as gateway, workers(gateway, lambda _: []):
        gateway.publish(started(sync_id="over", at=T0 - 9), finished(sync_id="over", at=T0 - 1))
        gateway.publish(started(), page(2), loaded(1))
        body = await gateway.until("/api/hemis/status", lambda body: body["lag"]["students"] == 50)
        gateway.clock.now += 27 * 3_600_000
        _, later = await gateway.get("/api/hemis/status")

    students = body["resources"][0]
    assert {one["service"] for one in body["services"]} >= {"fetcher", "loader"}
    assert all(one["alive"] for one in body["services"])
    assert (students["status"], students["lastCompleteAt"]) == ("running", T0 - 1)
    assert not students["stale"]
    assert later["resources"][0]["stale"]
    assert later["resources"][1]["neverSynced"]
    assert not any(one["alive"] for one in later["services"] if one["service"] == "fetcher")

"""What people are shown while services die and come back."""

import asyncio
import json
from functools import partial
from itertools import pairwise

import aiohttp
import pytest

from tests.e2e.system import ENDED, Answer, System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PROGRESS = "/api/hemis/progress/students"
GROWING = ("processedRecords", "fetchedRecords", "currentPage", "inserted")


async def shows(system: System, status: str) -> Answer | None:
    progress = await system.get(PROGRESS)
    return progress if progress["status"] == status else None


async def is_under_way(system: System) -> bool:
    return bool((await system.get(PROGRESS))["processedRecords"] >= 300)


async def test_a_killed_fetcher_is_reported_until_it_is_back(system: System) -> None:
    await system.start_all(students=2000)
    sync_id = await system.request_sync("students")
    await until(lambda: is_under_way(system))

    await system.kill("fetcher")
    stalled = await until(lambda: shows(system, "stalled"), 30)
    await system.start("fetcher")
    await system.ready("fetcher")
    running = await until(lambda: shows(system, "running"), 5)
    progress = await system.ended("students", sync_id)

    assert stalled is not None
    assert running is not None
    assert "fetcher" in stalled["message"]
    assert "loader" not in stalled["message"]
    assert running["processedRecords"] >= stalled["processedRecords"]
    assert (progress["complete"], progress["processedRecords"]) == (True, 2000)


async def test_a_killed_gateway_shows_the_newest_state_at_once_when_it_is_back(
    system: System,
) -> None:
    await system.start_all(students=2000)
    sync_id = await system.request_sync("students")
    await until(lambda: is_under_way(system))
    seen = [await first_event(system)]

    await system.kill("gateway")
    await system.start("gateway")
    await system.ready("gateway")
    seen += [await first_event(system), await system.get(PROGRESS)]
    seen.append(await system.ended("students", sync_id))

    for earlier, later in pairwise(seen):
        assert all(earlier[name] <= later[name] for name in GROWING)
    assert {progress["syncId"] for progress in seen} == {sync_id}
    assert seen[-1]["complete"]


async def first_event(system: System) -> Answer:
    """Return what a reader that comes just now is told first."""
    url = f"http://127.0.0.1:{system.ports['gateway']}{PROGRESS}/stream"
    async with asyncio.timeout(10), system.session.get(url) as response:
        return await told(response)


async def told(response: aiohttp.ClientResponse) -> Answer:
    async for line in response.content:
        if line.startswith(b"data: "):
            return dict(json.loads(line.removeprefix(b"data: ")))
    raise AssertionError("the stream has ended")


async def test_of_two_syncs_accepted_at_once_one_runs_and_the_other_names_it(
    system: System,
) -> None:
    await system.start_all(students=300)
    await system.start("gateway-2", GATEWAY_PORT=str(system.ports["gateway-2"]))
    await system.ready("gateway-2")

    first, second = await accepted_by_both(system)
    await until(lambda: have_ended(system, first, second))

    for gateway in ("gateway", "gateway-2"):
        reports = [await report(system, gateway, sync_id) for sync_id in (first, second)]
        ran, refused = sorted(reports, key=lambda one: one["status"] != "completed")
        assert (ran["status"], ran["complete"]) == ("completed", True)
        assert refused["status"] == "cancelled"
        assert ran["syncId"] in refused["message"]


async def accepted_by_both(system: System) -> tuple[str, str]:
    """Ask both gateways in the same moment, again where one had heard of the other's already."""
    async with asyncio.timeout(60):
        while True:
            answers = await asyncio.gather(
                *(
                    system.ask("POST", gateway, "/api/hemis/sync/students")
                    for gateway in ("gateway", "gateway-2")
                )
            )
            ids = [answer["syncId"] for status, answer in answers if status == 202]
            if len(ids) == 2:
                return ids[0], ids[1]
            for sync_id in ids:
                await system.post(f"/api/hemis/syncs/{sync_id}/cancel")
                await until(partial(have_ended, system, sync_id))


async def have_ended(system: System, *sync_ids: str) -> bool:
    reports = [await report(system, "gateway", sync_id) for sync_id in sync_ids]
    return all(one["status"] in ENDED for one in reports)


async def report(system: System, gateway: str, sync_id: str) -> Answer:
    _, answer = await system.ask("GET", gateway, f"/api/hemis/syncs/{sync_id}")
    return dict(answer)

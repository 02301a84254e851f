"""What people are shown while services die and come back."""

import asyncio
import json
from itertools import pairwise

import aiohttp
import pytest

from tests.e2e.system import Answer, System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PROGRESS = "/api/hemis/progress/students"
GROWING = ("processedRecords", "fetchedRecords", "currentPage", "inserted")


async def shows(system: System, status: str) -> Answer | None:
    progress = await system.get(PROGRESS)
    return progress if progress["status"] == status else None


async def is_under_way(system: System) -> bool:
    return bool((await system.get(PROGRESS))["processedRecords"] >= 300)


async def test_a_killed_fetcher_is_named_and_forgiven_when_it_is_back(system: System) -> None:
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

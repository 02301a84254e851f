"""Every service is told to stop, and started again, while a sync runs."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

STUDENTS = 1500


@dataclass
class Watcher:
    """Somebody who looks at the progress all the time."""

    system: System
    seen: list[tuple[int, ...]] = field(default_factory=list)

    async def watch(self) -> None:
        while True:
            # Nobody answers while the gateway starts anew.
            with suppress(aiohttp.ClientError):
                await self._look()
            await asyncio.sleep(0.05)

    async def _look(self) -> None:
        status, answer = await self.system.ask("GET", "gateway", "/api/hemis/progress/students")
        if status == 200:
            parts = ("currentPage", "processedRecords", "fetchedRecords")
            self.seen.append(tuple(answer[name] for name in parts))


async def test_a_rolling_restart_loses_and_doubles_nothing_and_progress_never_goes_back(
    system: System,
) -> None:
    await system.start_all(students=STUDENTS, positions=0)
    sync_id = await system.request_sync("students")
    watcher = Watcher(system)
    watching = asyncio.ensure_future(watcher.watch())
    await until(lambda: _has_reached(watcher, page=5))

    for name in ("loader", "gateway", "fetcher"):
        assert await system.programs[name].end() == 0
        await system.start(name)
    await system.ready("gateway")
    progress = await system.ended("students", sync_id)
    watching.cancel()

    assert (progress["status"], progress["complete"]) == ("completed", True)
    assert progress["processedRecords"] == progress["inserted"] == STUDENTS
    for part in range(3):
        course = [seen[part] for seen in watcher.seen]
        assert course == sorted(course)
    await assert_tables_equal_the_source(system)


async def _has_reached(watcher: Watcher, page: int) -> bool:
    return bool(watcher.seen and watcher.seen[-1][0] >= page)

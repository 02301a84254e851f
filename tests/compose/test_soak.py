"""Long disturbances of the stack: `make soak-compose`."""

import asyncio
import random

import pytest

from tests.compose.disturbed import ENDED, Disturbed
from tests.compose.stack import ComposeStack
from tests.waiting import eventually

pytestmark = [pytest.mark.compose, pytest.mark.soak, pytest.mark.timeout(3600)]

SEED = 2403
KILLS = 30
ALL = ("db", "kafka", "fetcher", "loader", "api")
RENEW = ("up", "-d", "--force-recreate", "--no-deps", "--wait")
SCALE = ("--scale", "fetcher=2", "--scale", "loader=2")


async def test_thirty_kills_lose_no_record(slow_stack: ComposeStack) -> None:
    slow_stack.compose("up", "-d", *SCALE, "api")
    await eventually(slow_stack.is_ready, 60)
    syncs, chance = Disturbed(slow_stack), random.Random(SEED)  # noqa: S311 — no secret
    containers = slow_stack.containers(*ALL)

    for _ in range(KILLS):
        await eventually(syncs.is_syncing, 180)
        await moved(syncs, chance.randrange(8))
        await syncs.kill([chance.choice(containers)])

    await syncs.assert_nothing_was_lost()


async def moved(syncs: Disturbed, pages: int) -> None:
    """Wait until the students moved on by so many pages, or are at their end."""
    goal = syncs.progress("students").get("currentPage", 0) + pages

    def is_there() -> bool:
        students = syncs.progress("students")
        return bool(students) and (students["currentPage"] >= goal or students["status"] in ENDED)

    await eventually(is_there, 180)


class Watch:
    """Looks at the students' progress all the time."""

    def __init__(self, syncs: Disturbed) -> None:
        self.over = asyncio.Event()
        self.seen: dict[tuple[object, ...], list[tuple[int, int]]] = {}
        self._syncs = syncs

    async def run(self) -> None:
        while not self.over.is_set():
            shown = await asyncio.to_thread(self._syncs.progress, "students")
            if shown:
                life = (shown["syncId"], shown["databaseEpoch"])
                counts = (shown["fetchedRecords"], shown["processedRecords"])
                self.seen.setdefault(life, []).append(counts)
            await asyncio.sleep(0.1)


async def test_a_rolling_restart_only_delays_a_sync(slow_stack: ComposeStack) -> None:
    await eventually(slow_stack.is_ready, 60)
    syncs = Disturbed(slow_stack)
    watch = Watch(syncs)
    await eventually(syncs.is_syncing, 60)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch.run())
        for service in ALL:
            await asyncio.to_thread(slow_stack.compose, *RENEW, service)
        await eventually(syncs.have_ended, 180)
        watch.over.set()

    for counts in watch.seen.values():
        assert [fetched for fetched, _ in counts] == sorted(fetched for fetched, _ in counts)
        assert [loaded for _, loaded in counts] == sorted(loaded for _, loaded in counts)
    await syncs.assert_nothing_was_lost()

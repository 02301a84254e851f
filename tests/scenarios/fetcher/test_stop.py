"""A graceful stop, and a fetcher that was frozen."""

import asyncio
from collections import Counter

import pytest

from libs.common.contracts.events import PageFetched, SyncFetched
from services.fetcher.hemis.errors import HemisRateLimited, HemisUnavailable
from services.fetcher.publishing.fenced_producer import FreezeDetector, LeadershipLost
from tests.scenarios.fetcher.fetcher_system import ADDRESS, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


async def after_two_pages(system: FetcherSystem) -> None:
    await system.until(lambda: len(system.events(PageFetched)) == 2)


async def test_a_stop_lets_the_page_in_flight_finish(system: FetcherSystem) -> None:
    system.hemis.seconds = 3.0

    async with system.fetcher() as running:
        system.start()
        await system.until(lambda: len(system.hemis.calls) == 1)
        await asyncio.sleep(2.0)
        system.stop.set()
        await running

    assert [event.page for event in system.events(PageFetched)] == [1, 2]
    assert system.events(SyncFetched) == []
    sync = system.checkpoint().sync
    assert sync is not None
    assert sync.next_page == 3


async def test_a_stop_in_a_pause_is_immediate(system: FetcherSystem) -> None:
    async with system.fetcher() as running:
        system.start()
        await after_two_pages(system)
        before = system.clock.monotonic()
        system.stop.set()
        await running

    assert system.clock.monotonic() - before < 0.5


async def test_a_stop_drops_a_request_that_takes_too_long(system: FetcherSystem) -> None:
    system.hemis.seconds = 59.0

    async with system.fetcher() as running:
        system.start()
        await asyncio.sleep(5.0)
        before = system.clock.monotonic()
        system.stop.set()
        await running

    assert 19.5 < system.clock.monotonic() - before < 21


@pytest.mark.parametrize("tenths", range(0, 130, 22))
async def test_a_stop_at_any_moment_ends_in_time_and_costs_no_page(
    system: FetcherSystem, tenths: int
) -> None:
    system.hemis.fail(STUDENTS, 2, HemisRateLimited(ADDRESS, 4.0), times=1)
    system.hemis.fail(STUDENTS, 3, HemisUnavailable("HTTP 503"), times=2)
    sync_id = system.start()

    async with system.fetcher() as running:
        await asyncio.sleep(tenths / 10)
        before = system.clock.monotonic()
        system.stop.set()
        await running
    seconds = system.clock.monotonic() - before
    system.start_over()
    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert seconds < 1.0
    assert (decision.attempt, decision.distinct, decision.complete) == (1, 35, True)
    assert Counter(system.hemis.pages_asked(STUDENTS)) == {1: 1, 2: 2, 3: 3, 4: 1}


async def test_the_freeze_detector_refuses_after_a_freeze(system: FetcherSystem) -> None:
    now = 100.0

    class FrozenClock:
        def now_ms(self) -> int:
            return 0

        def monotonic(self) -> float:
            return now

    watch = FreezeDetector(FrozenClock())
    now += 3.4
    watch.check()
    now += 0.2

    with pytest.raises(LeadershipLost, match="frozen for 4 s"):
        watch.check()

"""A sync that ended early goes on as its next attempt."""

import pytest

from libs.common.contracts.enums import Outcome, Trigger
from libs.common.contracts.events import PageFetched, SyncFetched, SyncRefused, SyncStarted
from libs.common.kafka.ports import Partition
from services.fetcher.hemis.errors import HemisUnavailable
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student

DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


async def after_two_pages(system: FetcherSystem) -> None:
    await system.until(lambda: len(system.events(PageFetched)) == 2)


async def refusal(system: FetcherSystem, sync_id: str) -> SyncRefused:
    await system.until(lambda: system.events(SyncRefused, sync_id))
    return system.events(SyncRefused, sync_id)[-1]


def committed(system: FetcherSystem) -> int:
    return system.broker.committed["hemis.fetcher", Partition(system.topics.commands, 0)]


async def test_a_resumed_sync_goes_on_where_it_ended_with_its_failed_pages(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        system.hemis.fail(STUDENTS, 1, HemisUnavailable("HTTP 503"), times=1)
        system.hemis.fail(STUDENTS, 2, HemisUnavailable("HTTP 503"), times=4)
        sync_id = system.start()
        await system.until(lambda: system.hemis.pages_asked(STUDENTS)[-1:] == [3])
        await system.until(lambda: len(system.events(PageFetched)) == 2)
        system.cancel(sync_id)
        await system.decided(sync_id)
        asked = len(system.hemis.calls)
        system.resume(sync_id)
        await system.until(lambda: len(system.events(SyncFetched)) == 2)

    second = system.events(SyncFetched)[1]
    assert system.hemis.pages_asked(STUDENTS)[asked:] == [4, 2]
    assert (second.attempt, second.outcome, second.distinct) == (2, Outcome.COMPLETED, 35)
    assert second.retries == 4
    started = system.events(SyncStarted)[1]
    assert (started.attempt, started.trigger) == (2, Trigger.RESUME)


async def test_a_resumed_sync_keeps_its_own_scope(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        system.cancel(sync_id)
        await system.decided(sync_id)
    system.page_size = 7

    async with system.fetcher():
        system.resume(sync_id)
        await system.until(lambda: system.events(SyncFetched)[-1].attempt == 2)

    pages = [call for call in system.hemis.calls if "updated_at_from" not in call.filters]
    assert {call.page_size for call in pages} == {10}


async def test_only_a_sync_that_did_not_complete_can_be_resumed(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await system.decided(sync_id)
        refused = await refusal(system, system.resume(sync_id))

    assert "failed or was cancelled" in refused.reason


async def test_only_the_latest_sync_can_be_resumed(system: FetcherSystem) -> None:
    async with system.fetcher():
        first = system.start()
        await after_two_pages(system)
        system.cancel(first)
        await system.decided(first)
        await system.decided(system.start())
        refused = await refusal(system, system.resume(first))

    assert "only the latest" in refused.reason


async def test_a_sync_can_be_resumed_for_a_day(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        system.cancel(sync_id)
        await system.decided(sync_id)
        system.clock.ahead_ms += DAY_MS + 60_000
        refused = await refusal(system, system.resume(sync_id))

    assert "24 h" in refused.reason


async def test_a_resume_seen_again_is_answered_by_what_runs(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        system.cancel(sync_id)
        await system.decided(sync_id)
        system.resume(sync_id)
        system.resume(sync_id)
        await system.until(lambda: len(system.events(SyncFetched)) == 2)

    assert [event.attempt for event in system.events(SyncStarted)] == [1, 2, 2]
    assert system.events(SyncFetched)[-1].attempt == 2


async def test_a_repeated_command_is_not_meant_for_a_later_attempt(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        system.cancel(sync_id, attempt=1)
        system.resume(sync_id, attempt=2)
        await system.until(lambda: len(system.events(SyncStarted)) == 2)
        system.cancel(sync_id, attempt=1)
        await system.until(lambda: system.events(SyncFetched, sync_id)[-1].attempt == 2)
        system.resume(sync_id, attempt=2)
        await system.until(lambda: len(system.events(SyncFetched)) == 3)

    assert [event.attempt for event in system.events(SyncStarted)] == [1, 2, 2]
    first, second, third = system.events(SyncFetched)
    assert (first.outcome, second.outcome) == (Outcome.CANCELLED, Outcome.COMPLETED)
    assert third == second

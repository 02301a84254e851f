"""A sync that ended early goes on as its next attempt."""

import pytest

from libs.common.contracts.enums import Outcome, Trigger
from libs.common.contracts.events import PageFetched, SyncFetched, SyncRefused, SyncStarted
from libs.common.kafka.ports import Partition
from services.fetcher.hemis.errors import HemisUnavailable
from tests.scenarios.fetcher.fetcher_in_memory import STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student

DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


async def after_two_pages(stage: Stage) -> None:
    await stage.until(lambda: len(stage.events(PageFetched)) == 2)


async def refusal(stage: Stage, sync_id: str) -> SyncRefused:
    await stage.until(lambda: stage.events(SyncRefused, sync_id))
    return stage.events(SyncRefused, sync_id)[-1]


def committed(stage: Stage) -> int:
    return stage.broker.committed["hemis.fetcher", Partition(stage.topics.commands, 0)]


async def test_a_resumed_sync_goes_on_where_it_ended_with_its_failed_pages(stage: Stage) -> None:
    async with stage.fetcher():
        stage.hemis.fail(STUDENTS, 1, HemisUnavailable("HTTP 503"), times=1)
        stage.hemis.fail(STUDENTS, 2, HemisUnavailable("HTTP 503"), times=4)
        sync_id = stage.start()
        await stage.until(lambda: stage.hemis.pages_asked(STUDENTS)[-1:] == [3])
        await stage.until(lambda: len(stage.events(PageFetched)) == 2)
        stage.cancel(sync_id)
        await stage.decided(sync_id)
        asked = len(stage.hemis.calls)
        stage.resume(sync_id)
        await stage.until(lambda: len(stage.events(SyncFetched)) == 2)

    second = stage.events(SyncFetched)[1]
    assert stage.hemis.pages_asked(STUDENTS)[asked:] == [4, 2]
    assert (second.attempt, second.outcome, second.distinct) == (2, Outcome.COMPLETED, 35)
    assert second.retries == 4
    started = stage.events(SyncStarted)[1]
    assert (started.attempt, started.trigger) == (2, Trigger.RESUME)


async def test_a_resumed_sync_keeps_its_own_scope(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        stage.cancel(sync_id)
        await stage.decided(sync_id)
    stage.page_size = 7

    async with stage.fetcher():
        stage.resume(sync_id)
        await stage.until(lambda: stage.events(SyncFetched)[-1].attempt == 2)

    pages = [call for call in stage.hemis.calls if "updated_at_from" not in call.filters]
    assert {call.page_size for call in pages} == {10}


async def test_only_a_sync_that_did_not_complete_can_be_resumed(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await stage.decided(sync_id)
        refused = await refusal(stage, stage.resume(sync_id))

    assert "failed or was cancelled" in refused.reason


async def test_only_the_latest_sync_can_be_resumed(stage: Stage) -> None:
    async with stage.fetcher():
        first = stage.start()
        await after_two_pages(stage)
        stage.cancel(first)
        await stage.decided(first)
        await stage.decided(stage.start())
        refused = await refusal(stage, stage.resume(first))

    assert "only the latest" in refused.reason


async def test_a_sync_can_be_resumed_for_a_day(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        stage.cancel(sync_id)
        await stage.decided(sync_id)
        stage.clock.ahead_ms += DAY_MS + 60_000
        refused = await refusal(stage, stage.resume(sync_id))

    assert "24 h" in refused.reason


async def test_a_resume_seen_again_is_answered_by_what_runs(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        stage.cancel(sync_id)
        await stage.decided(sync_id)
        stage.resume(sync_id)
        stage.resume(sync_id)
        await stage.until(lambda: len(stage.events(SyncFetched)) == 2)

    assert [event.attempt for event in stage.events(SyncStarted)] == [1, 2, 2]
    assert stage.events(SyncFetched)[-1].attempt == 2


async def test_a_repeated_command_is_not_meant_for_a_later_attempt(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        stage.cancel(sync_id, attempt=1)
        stage.resume(sync_id, attempt=2)
        await stage.until(lambda: len(stage.events(SyncStarted)) == 2)
        stage.cancel(sync_id, attempt=1)
        await stage.until(lambda: stage.events(SyncFetched, sync_id)[-1].attempt == 2)
        stage.resume(sync_id, attempt=2)
        await stage.until(lambda: len(stage.events(SyncFetched)) == 3)

    assert [event.attempt for event in stage.events(SyncStarted)] == [1, 2, 2]
    first, second, third = stage.events(SyncFetched)
    assert (first.outcome, second.outcome) == (Outcome.CANCELLED, Outcome.COMPLETED)
    assert third == second

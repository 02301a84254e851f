"""Syncs of what changed since the last complete one."""

import asyncio

import pytest

from libs.common.contracts.enums import Mode
from libs.common.contracts.events import PageFetched, SyncStarted
from services.fetcher.hemis.errors import HemisMalformed
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.loader_reports import full, incremental, report
from tests.scenarios.fetcher.scripted_hemis import position, student
from tests.scenarios.fetcher.virtual_time import START_MS

NEWEST = START_MS // 1000
SINCE = str(NEWEST - 600)


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    """Each was changed a quarter of an hour before the next one; the last one just now."""
    system.hemis.items[STUDENTS] = [
        student(hemis_id, updated_at=NEWEST - 900 * (35 - hemis_id)) for hemis_id in range(1, 36)
    ]


async def test_what_changed_since_ten_minutes_before_the_newest_is_asked_for(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await full(system)
        system.hemis.items[STUDENTS][4] = student(5, updated_at=NEWEST + 60)
        started, decision = await incremental(system)

    assert (started.mode, started.note) == (Mode.INCREMENTAL, "")
    assert system.hemis.calls[-1].filters["updated_at_from"] == SINCE
    assert (decision.source_total, decision.distinct, decision.complete) == (2, 2, True)
    assert {key for key in system.published() if system.published().count(key) == 2} == {"5", "35"}


async def test_each_complete_sync_moves_the_cursor_for_the_next(system: FetcherSystem) -> None:
    async with system.fetcher():
        await full(system)
        system.hemis.items[STUDENTS][4] = student(5, updated_at=NEWEST + 1000)
        report(system, (await incremental(system))[1])
        _, decision = await incremental(system)

    assert system.hemis.calls[-1].filters["updated_at_from"] == str(NEWEST + 400)
    assert decision.distinct == 1


async def test_nothing_changed_is_a_complete_sync_that_keeps_the_cursor(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await full(system)
        system.hemis.items[STUDENTS].clear()
        _, decision = await incremental(system)
        report(system, decision)
        await incremental(system)

    assert (decision.source_total, decision.complete) == (0, True)
    assert system.hemis.calls[-1].filters["updated_at_from"] == SINCE


async def test_without_an_earlier_complete_sync_all_are_fetched_and_it_says_so(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        started, decision = await incremental(system)

    assert started.mode is Mode.FULL
    assert started.note == "No earlier complete sync to go on from: all students are fetched"
    assert decision.distinct == 35


async def test_a_sync_that_lacks_a_page_does_not_move_the_cursor(system: FetcherSystem) -> None:
    async with system.fetcher():
        system.hemis.fail(STUDENTS, 2, HemisMalformed("no page"))
        await full(system, complete=False)
        system.hemis.heal()
        started, _ = await incremental(system)

    assert started.mode is Mode.FULL


async def test_a_sync_of_which_the_loader_rejected_a_record_does_not_move_the_cursor(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await full(system)
        system.hemis.items[STUDENTS][4] = student(5, updated_at=NEWEST + 5000)
        await full(system, complete=False)
        started, _ = await incremental(system)

    assert started.mode is Mode.INCREMENTAL
    assert system.hemis.calls[-1].filters["updated_at_from"] == SINCE


async def test_a_sync_that_is_not_reported_yet_does_not_move_the_cursor(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await system.decided(system.start())
        started, _ = await incremental(system)

    assert started.mode is Mode.FULL


async def test_a_cursor_does_not_hold_for_other_filters(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await full(system)
    system.student_status = "11"

    async with system.fetcher():
        started, _ = await incremental(system)

    assert started.mode is Mode.FULL
    assert "the settings" in started.note


async def test_a_topic_that_was_made_anew_needs_all_of_them(system: FetcherSystem) -> None:
    async with system.fetcher():
        await full(system)
        for partition in system.broker.partitions([system.topics.records(STUDENTS)]):
            system.broker.logs[partition].clear()
        started, decision = await incremental(system)

    assert started.mode is Mode.FULL
    assert decision.distinct == 35


async def test_a_record_from_the_future_does_not_take_the_cursor_there(
    system: FetcherSystem,
) -> None:
    system.hemis.items[STUDENTS][0] = student(1, updated_at=NEWEST * 2)

    async with system.fetcher():
        await full(system)
        await incremental(system)

    assert system.hemis.calls[-1].filters["updated_at_from"] == SINCE


async def test_employees_have_no_such_list_and_are_all_fetched(system: FetcherSystem) -> None:
    system.hemis.items[EMPLOYEES] = [position(7, 100, updated_at=NEWEST)]

    async with system.fetcher():
        report(system, await system.decided(system.start(EMPLOYEES)))
        sync_id = system.start(EMPLOYEES, mode=Mode.INCREMENTAL)
        await system.decided(sync_id)

    (started,) = system.events(SyncStarted, sync_id)
    assert started.mode is Mode.FULL
    assert started.note == "HEMIS offers no incremental list of employees: all are fetched"
    assert "updated_at_from" not in system.hemis.calls[-1].filters


async def test_a_successor_goes_on_with_the_same_filter(system: FetcherSystem) -> None:
    async with system.fetcher():
        await full(system)
        for hemis_id in range(1, 31):
            system.hemis.items[STUDENTS][hemis_id - 1] = student(hemis_id, updated_at=NEWEST + 60)
        pages = len(system.events(PageFetched))
        sync_id = system.start(mode=Mode.INCREMENTAL)
        await system.until(lambda: len(system.events(PageFetched)) == pages + 2)
        await asyncio.sleep(0.5)

    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert {started.mode for started in system.events(SyncStarted, sync_id)} == {Mode.INCREMENTAL}
    assert system.hemis.calls[-1].filters["updated_at_from"] == SINCE
    assert (decision.source_total, decision.distinct, decision.complete) == (31, 31, True)

"""A list that changes while it is read, and one that is counted wrongly."""

from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import PageFailed, PageFetched
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


def with_students(system: FetcherSystem, number: int) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, number + 1)]


def is_asked(system: FetcherSystem, times: int) -> bool:
    return len(system.hemis.calls) >= times


async def after_pages(system: FetcherSystem, number: int) -> None:
    await system.until(lambda: len(system.events(PageFetched)) == number)


def leave(system: FetcherSystem) -> None:
    """Somebody on page 1 leaves: all behind move up, one over the border that is read next."""
    del system.hemis.items[STUDENTS][0]


def join(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS].insert(0, student(100))


def move_up(system: FetcherSystem) -> None:
    """Somebody not read yet moves to where we were already."""
    system.hemis.items[STUDENTS].insert(0, system.hemis.items[STUDENTS].pop())


def move_down(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS].append(system.hemis.items[STUDENTS].pop(0))


@pytest.mark.parametrize("change", [leave, join, move_up, move_down])
async def test_nobody_slips_through_a_list_that_changes(
    system: FetcherSystem, change: Callable[[FetcherSystem], None]
) -> None:
    with_students(system, 35)

    async with system.fetcher():
        sync_id = system.start()
        await after_pages(system, 2)
        change(system)
        decision = await system.decided(sync_id)

    there = {str(item["id"]) for item in system.hemis.items[STUDENTS]}
    assert there <= set(system.published())
    assert (decision.complete, decision.missing) == (True, 0)
    assert decision.departed == decision.distinct - decision.source_total


async def test_only_what_can_have_moved_is_read_again(system: FetcherSystem) -> None:
    with_students(system, 35)

    async with system.fetcher():
        sync_id = system.start()
        await after_pages(system, 2)
        leave(system)
        decision = await system.decided(sync_id)

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2]
    assert (decision.departed, decision.distinct) == (1, 35)


async def test_an_unchanged_list_is_read_once(system: FetcherSystem) -> None:
    with_students(system, 35)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]
    assert (decision.complete, decision.doubt) == (True, "")


async def test_a_list_that_changes_at_every_page_ends_incomplete(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)

    async with system.fetcher():
        sync_id = system.start()
        for asked in range(1, 17):
            await system.until(partial(is_asked, system, asked))
            change = leave if asked % 2 else join
            change(system)
        decision = await system.decided(sync_id)

    assert len(system.hemis.calls) == 16
    assert decision.outcome is Outcome.COMPLETED
    assert (decision.complete, decision.doubt) == (
        False,
        "HEMIS's list changed each of the 4 times it was read",
    )


@pytest.mark.parametrize(("told", "missing", "departed"), [(36, 1, 0), (37, 2, 0), (34, 0, 1)])
async def test_a_total_that_is_off_by_one_or_two_for_ever_is_hemis_s_own_mistake(
    system: FetcherSystem, told: int, missing: int, departed: int
) -> None:
    with_students(system, 35)
    system.hemis.totals[STUDENTS] = told

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4] * 2
    assert (decision.complete, decision.missing, decision.departed) == (True, missing, departed)
    assert (decision.fetched, decision.distinct) == (70, 35)


async def test_a_total_that_is_off_by_more_is_a_sync_that_lacks_records(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    system.hemis.totals[STUDENTS] = 38

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.complete, decision.missing) == (False, 3)
    assert decision.doubt == "HEMIS counts 38 records and lists 35"


async def test_a_page_that_is_never_full_makes_the_sync_incomplete(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.short_page = 2

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.complete, decision.missing) == (False, 1)


async def test_a_record_that_is_listed_twice_counts_once(system: FetcherSystem) -> None:
    with_students(system, 20)
    system.hemis.items[STUDENTS][15] = student(3)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.distinct, decision.missing, decision.complete) == (19, 1, True)
    assert system.hemis.pages_asked(STUDENTS) == [1, 2] * 3


async def test_a_server_that_always_gives_the_same_page_is_recognised_by_the_ids(
    system: FetcherSystem,
) -> None:
    with_students(system, 100)
    system.hemis.always_page = 1

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.FAILED
    assert len(system.hemis.calls) == 1 + 5 * 4
    failed = system.events(PageFailed)[0]
    assert (failed.code, failed.reason) == ("malformed", "page 2 repeats page 1")


async def test_a_list_that_shrinks_meanwhile_ends_where_it_ends_now(system: FetcherSystem) -> None:
    with_students(system, 60)

    async with system.fetcher():
        sync_id = system.start()
        await after_pages(system, 2)
        del system.hemis.items[STUDENTS][40:]
        decision = await system.decided(sync_id)

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2]
    assert (decision.missing, decision.complete) == (0, True)


async def test_a_list_that_grows_with_every_page_is_read_up_to_a_limit(
    system: FetcherSystem,
) -> None:
    with_students(system, 20)

    async with system.fetcher():
        sync_id = system.start()
        for asked in range(1, 15):
            await system.until(partial(is_asked, system, asked))
            added = len(system.hemis.items[STUDENTS])
            system.hemis.items[STUDENTS] += [student(added + number) for number in range(1, 21)]
        decision = await system.decided(sync_id)

    assert len(system.hemis.calls) == 14
    assert decision.missing > 0
    assert decision.doubt == "HEMIS's list grew beyond 14 pages while it was read"


async def test_smaller_pages_than_asked_for_are_all_fetched(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.largest_page = 4

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert system.hemis.pages_asked(STUDENTS) == list(range(1, 10))
    assert (decision.complete, decision.distinct) == (True, 35)


async def test_a_killed_fetcher_s_successor_knows_what_changed_before(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)

    async with system.fetcher():
        sync_id = system.start()
        await after_pages(system, 2)
        leave(system)
        await after_pages(system, 3)

    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2]
    assert (decision.complete, decision.departed, decision.distinct) == (True, 1, 35)


async def test_a_sync_whose_record_numbers_were_lost_reads_its_pages_again(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    async with system.fetcher():
        sync_id = system.start()
        await after_pages(system, 2)
    log = system.broker.logs[system.checkpoints_partition]
    log[:] = [record for record in log if record.key != b"students/1/read/1"]

    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 1, 2, 3, 4]
    assert (decision.complete, decision.fetched) == (True, 35)


async def test_what_a_page_adds_to_the_memory_does_not_grow_with_the_pages(
    system: FetcherSystem,
) -> None:
    with_students(system, 200)

    async with system.fetcher():
        await system.decided(system.start())

    log = system.broker.logs[system.checkpoints_partition]
    states = [len(record.value or b"") for record in log if record.key == b"students/1"]
    assert states[-2] - states[4] < 20
    reads = [record for record in log if b"/read/" in (record.key or b"")]
    assert len(reads) == 20
    assert max(len(record.value or b"") for record in reads) < 60
    assert msgspec.msgpack.decode(reads[0].value or b"") == [1] * 10

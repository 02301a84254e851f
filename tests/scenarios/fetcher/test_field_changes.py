"""A list that changes while it is read, and one that is counted wrongly."""

from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import PageFailed, PageFetched
from tests.scenarios.fetcher.fetcher_in_memory import STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student


def with_students(stage: Stage, number: int) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, number + 1)]


def is_asked(stage: Stage, times: int) -> bool:
    return len(stage.hemis.calls) >= times


async def after_pages(stage: Stage, number: int) -> None:
    await stage.until(lambda: len(stage.events(PageFetched)) == number)


def leave(stage: Stage) -> None:
    """Somebody on page 1 leaves: all behind move up, one over the border that is read next."""
    del stage.hemis.items[STUDENTS][0]


def join(stage: Stage) -> None:
    stage.hemis.items[STUDENTS].insert(0, student(100))


def move_up(stage: Stage) -> None:
    """Somebody not read yet moves to where we were already."""
    stage.hemis.items[STUDENTS].insert(0, stage.hemis.items[STUDENTS].pop())


def move_down(stage: Stage) -> None:
    stage.hemis.items[STUDENTS].append(stage.hemis.items[STUDENTS].pop(0))


@pytest.mark.parametrize("change", [leave, join, move_up, move_down])
async def test_nobody_slips_through_a_list_that_changes(
    stage: Stage, change: Callable[[Stage], None]
) -> None:
    with_students(stage, 35)

    async with stage.fetcher():
        sync_id = stage.start()
        await after_pages(stage, 2)
        change(stage)
        decision = await stage.decided(sync_id)

    there = {str(item["id"]) for item in stage.hemis.items[STUDENTS]}
    assert there <= set(stage.published())
    assert (decision.complete, decision.missing) == (True, 0)
    assert decision.departed == decision.distinct - decision.source_total


async def test_only_what_can_have_moved_is_read_again(stage: Stage) -> None:
    with_students(stage, 35)

    async with stage.fetcher():
        sync_id = stage.start()
        await after_pages(stage, 2)
        leave(stage)
        decision = await stage.decided(sync_id)

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2]
    assert (decision.departed, decision.distinct) == (1, 35)


async def test_a_quiet_list_is_read_once(stage: Stage) -> None:
    with_students(stage, 35)

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]
    assert (decision.complete, decision.doubt) == (True, "")


async def test_a_list_that_changes_at_every_page_is_left_and_called_incomplete(
    stage: Stage,
) -> None:
    with_students(stage, 35)

    async with stage.fetcher():
        sync_id = stage.start()
        for asked in range(1, 17):
            await stage.until(partial(is_asked, stage, asked))
            change = leave if asked % 2 else join
            change(stage)
        decision = await stage.decided(sync_id)

    assert len(stage.hemis.calls) == 16
    assert decision.outcome is Outcome.COMPLETED
    assert (decision.complete, decision.doubt) == (
        False,
        "HEMIS's list changed each of the 4 times it was read",
    )


@pytest.mark.parametrize(("told", "missing", "departed"), [(36, 1, 0), (37, 2, 0), (34, 0, 1)])
async def test_a_total_that_is_off_by_one_or_two_for_ever_is_hemis_s_own_mistake(
    stage: Stage, told: int, missing: int, departed: int
) -> None:
    with_students(stage, 35)
    stage.hemis.totals[STUDENTS] = told

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4] * 2
    assert (decision.complete, decision.missing, decision.departed) == (True, missing, departed)
    assert (decision.fetched, decision.distinct) == (70, 35)


async def test_a_total_that_is_off_by_more_is_a_sync_that_lacks_records(stage: Stage) -> None:
    with_students(stage, 35)
    stage.hemis.totals[STUDENTS] = 38

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert (decision.complete, decision.missing) == (False, 3)
    assert decision.doubt == "HEMIS counts 38 records and lists 35"


async def test_a_page_that_is_never_full_lacks_what_it_does_not_show(stage: Stage) -> None:
    with_students(stage, 35)
    stage.hemis.short_page = 2

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert (decision.complete, decision.missing) == (False, 1)


async def test_a_record_that_is_listed_twice_counts_once(stage: Stage) -> None:
    with_students(stage, 20)
    stage.hemis.items[STUDENTS][15] = student(3)

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert (decision.distinct, decision.missing, decision.complete) == (19, 1, True)
    assert stage.hemis.pages_asked(STUDENTS) == [1, 2] * 3


async def test_a_server_that_always_gives_the_same_page_is_known_by_its_ids(stage: Stage) -> None:
    with_students(stage, 100)
    stage.hemis.always_page = 1

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert decision.outcome is Outcome.FAILED
    assert len(stage.hemis.calls) == 1 + 5 * 4
    failed = stage.events(PageFailed)[0]
    assert (failed.code, failed.reason) == ("malformed", "page 2 repeats page 1")


async def test_a_list_that_shrinks_meanwhile_ends_where_it_ends_now(stage: Stage) -> None:
    with_students(stage, 60)

    async with stage.fetcher():
        sync_id = stage.start()
        await after_pages(stage, 2)
        del stage.hemis.items[STUDENTS][40:]
        decision = await stage.decided(sync_id)

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2]
    assert (decision.missing, decision.complete) == (0, True)


async def test_a_list_that_grows_with_every_page_is_left_at_a_limit(stage: Stage) -> None:
    with_students(stage, 20)

    async with stage.fetcher():
        sync_id = stage.start()
        for asked in range(1, 15):
            await stage.until(partial(is_asked, stage, asked))
            added = len(stage.hemis.items[STUDENTS])
            stage.hemis.items[STUDENTS] += [student(added + number) for number in range(1, 21)]
        decision = await stage.decided(sync_id)

    assert len(stage.hemis.calls) == 14
    assert decision.missing > 0
    assert decision.doubt == "HEMIS's list grew beyond 14 pages while it was read"


async def test_smaller_pages_than_asked_for_are_all_fetched(stage: Stage) -> None:
    with_students(stage, 35)
    stage.hemis.largest_page = 4

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert stage.hemis.pages_asked(STUDENTS) == list(range(1, 10))
    assert (decision.complete, decision.distinct) == (True, 35)


async def test_a_killed_fetcher_s_successor_knows_what_changed_before(stage: Stage) -> None:
    with_students(stage, 35)

    async with stage.fetcher():
        sync_id = stage.start()
        await after_pages(stage, 2)
        leave(stage)
        await after_pages(stage, 3)

    async with stage.fetcher():
        decision = await stage.decided(sync_id)

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2]
    assert (decision.complete, decision.departed, decision.distinct) == (True, 1, 35)


async def test_marks_that_were_lost_make_the_sync_read_its_pages_again(stage: Stage) -> None:
    with_students(stage, 35)
    async with stage.fetcher():
        sync_id = stage.start()
        await after_pages(stage, 2)
    log = stage.broker.logs[stage.checkpoints_place]
    log[:] = [record for record in log if record.key != b"students/1/read/1"]

    async with stage.fetcher():
        decision = await stage.decided(sync_id)

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 1, 2, 3, 4]
    assert (decision.complete, decision.fetched) == (True, 35)


async def test_what_a_page_adds_to_the_memory_does_not_grow_with_the_pages(stage: Stage) -> None:
    with_students(stage, 200)

    async with stage.fetcher():
        await stage.decided(stage.start())

    log = stage.broker.logs[stage.checkpoints_place]
    states = [len(record.value or b"") for record in log if record.key == b"students/1"]
    assert states[-2] - states[4] < 20
    reads = [record for record in log if b"/read/" in (record.key or b"")]
    assert len(reads) == 20
    assert max(len(record.value or b"") for record in reads) < 60
    assert msgspec.msgpack.decode(reads[0].value or b"") == [1] * 10

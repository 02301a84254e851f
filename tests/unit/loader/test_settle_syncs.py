"""Which syncs a loader keeps in memory, and from where the next start reads."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Kind, Outcome, RemovalState
from libs.common.contracts.events import (
    Event,
    MissingConfirmed,
    PageFetched,
    RemovalsCounted,
    SyncAbandoned,
    SyncStarted,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from libs.common.contracts.topics import Topics
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Message, Partition
from services.loader.progress.follower import ProgressFollower
from services.loader.settle_syncs import check_settled
from services.loader.store.settled import StoredStatus
from tests.unit.loader.sample_events import facts, fetched, report, started

TOPICS = Topics("t", 1)
PROGRESS = Partition(TOPICS.progress, 0)
NOW = 30
FINISHED = report(fetched(), SyncCounts())
SETTLED = StoredStatus(attempt=1, is_ended=True, is_asking=False, is_settled=True)
OPEN = SETTLED._replace(is_ended=False, is_settled=False)
NO_ROW = StoredStatus(attempt=None, is_ended=False, is_asking=False, is_settled=True)
ANSWER = MissingConfirmed(sync_id="s", resource=Resource.STUDENTS, at=1, keys=("1",))


def removals(state: RemovalState) -> RemovalsCounted:
    return RemovalsCounted(
        sync_id="s",
        resource=Resource.STUDENTS,
        at=1,
        database_epoch=1,
        revision=1,
        state=state,
        missing=1,
        vacated=0,
        limit=0,
        removed=0,
        undecided=0,
    )


def page(at: int = 15) -> PageFetched:
    return PageFetched(
        sync_id="s",
        resource=Resource.STUDENTS,
        at=at,
        attempt=1,
        page=1,
        page_count=2,
        source_total=2,
        fetched=1,
        distinct=1,
        rejected=0,
        retries=0,
        next_page=2,
    )


DONE: list[Event] = [started(), fetched(), FINISHED]

CASES: dict[str, tuple[list[Event], StoredStatus, bool]] = {
    "everything is stored and published": (DONE, SETTLED, True),
    "an event is not published yet": (DONE, SETTLED._replace(is_settled=False), False),
    "its row is missing": (DONE, NO_ROW, False),
    "its row is open": (DONE, OPEN, False),
    "it is running": ([started()], NO_ROW, False),
    "it is running and has a row": ([started()], OPEN, False),
    "it was resumed": ([started(), fetched(Outcome.FAILED), started(2)], SETTLED, False),
    "a late event of a settled sync": ([removals(RemovalState.DONE)], SETTLED, True),
    "an event of an unknown sync": ([FINISHED], NO_ROW, True),
    "removals that a person decides": ([*DONE, removals(RemovalState.HELD)], SETTLED, False),
    "an answer that is awaited": ([*DONE, ANSWER], SETTLED._replace(is_asking=True), False),
    "an answer that is not": ([*DONE, ANSWER], SETTLED, True),
}


@pytest.mark.parametrize("name", CASES)
def test_a_sync_is_settled_when_nothing_is_left_to_do(name: str) -> None:
    events, status, settled = CASES[name]

    assert check_settled(facts(*events), status) is settled


def test_a_sync_whose_row_was_lost_is_closed_again() -> None:
    found = facts(*DONE)
    found.close()
    assert found.is_closed

    check_settled(found, NO_ROW)

    assert not found.is_closed


def test_a_sync_that_can_never_be_stored_is_settled() -> None:
    found = facts(*DONE)
    found.close(is_unstorable=True)

    assert check_settled(found, NO_ROW)


class SettlerSetup:
    """A topic of syncs, and a log that follows it."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()

    async def follow(self, *events: Event, start: int | None = None) -> ProgressFollower:
        await self.broker.ensure_topics(TOPICS.all(), 1)
        for event in events:
            self.broker.append(Message(TOPICS.progress, event.sync_id, encode(event)))
        async with self.broker.log_reader({PROGRESS: start}) as reader:
            log = ProgressFollower(reader)
            await log.catch_up()
        return log


def of(sync_id: str) -> SyncStarted:
    return replace(started(), sync_id=sync_id)


async def test_a_start_reads_from_the_oldest_sync_that_is_not_settled() -> None:
    setup = SettlerSetup()
    log = await setup.follow(of("a"), of("b"), of("c"))
    log.forget("a")
    place = log.position(NOW)
    assert place is not None

    again = await setup.follow(start=place.next_offset)

    assert [name for name, _ in again.items()] == ["b", "c"]


async def test_if_all_syncs_are_settled_a_start_reads_one_message() -> None:
    setup = SettlerSetup()
    log = await setup.follow(of("a"), of("b"))
    log.forget("a")
    log.forget("b")
    place = log.position(NOW)
    assert place is not None

    assert (place.next_offset, place.last.offset) == (1, 1)


DAY_MS = 24 * 3_600_000
SINGLE = started(kind=Kind.SINGLE)
LATER = replace(started(at=20), sync_id="later")
LATER_OF_EMPLOYEES = replace(LATER, resource=Resource.EMPLOYEES)
HELD = removals(RemovalState.HELD)

PLACES: dict[str, tuple[list[Event], int, bool]] = {
    "it was just started": ([SINGLE], 0, True),
    "nothing was heard of it for a day": ([SINGLE], DAY_MS, False),
    "a page came since": ([started(), page(at=DAY_MS)], DAY_MS + 5, True),
    "another sync took its place": ([started(), page(), LATER], 0, False),
    "one of other records began": ([started(), LATER_OF_EMPLOYEES], 0, True),
    "a whole sync began beside a single one": ([SINGLE, LATER], 0, True),
    "it began after the other one": ([LATER, started(at=30)], 0, True),
    "it was resumed and left": ([started(), fetched(Outcome.FAILED), started(2)], DAY_MS, False),
    "its records are still being loaded": ([started(), fetched(), LATER], DAY_MS, True),
    "it was said again how it ended": ([fetched()], 0, False),
    "its removals wait for a person": ([started(), fetched(), FINISHED, HELD], DAY_MS, True),
    "of one long over, removals wait": ([HELD], DAY_MS, True),
}


@pytest.mark.parametrize("name", PLACES)
async def test_a_start_reads_only_syncs_that_may_continue(name: str) -> None:
    events, later, holds = PLACES[name]
    quiet = SyncAbandoned(sync_id="x", resource=Resource.STUDENTS, at=1, superseded_by="")
    log = await SettlerSetup().follow(*events, quiet)
    log.forget("later")

    place = log.position(NOW + later)

    assert place is not None
    assert (place.next_offset < place.last.offset) is holds


async def test_reading_the_topic_again_brings_back_dropped_syncs() -> None:
    setup = SettlerSetup()
    log = await setup.follow(of("a"), of("b"), of("c"))
    log.forget("a")
    log.forget("c")

    async with setup.broker.log_reader({PROGRESS: 0}) as reader:
        await log.read_again(reader)

    place = log.position(NOW)
    assert [name for name, _ in log.items()] == ["b", "a", "c"]
    assert place is not None
    assert (place.next_offset, log.losses) == (0, 0)


async def test_events_that_the_loader_does_not_need_are_not_stored() -> None:
    abandoned = SyncAbandoned(sync_id="x", resource=Resource.STUDENTS, at=1, superseded_by="")

    log = await SettlerSetup().follow(abandoned)

    assert list(log.items()) == []


async def test_settled_syncs_are_dropped_while_a_long_history_is_read() -> None:
    setup = SettlerSetup()
    await setup.broker.ensure_topics(TOPICS.all(), 1)
    for number in range(12_000):
        event = of(str(number))
        setup.broker.append(Message(TOPICS.progress, event.sync_id, encode(event)))
    kept: list[int] = []
    async with setup.broker.log_reader({PROGRESS: None}) as reader:
        log = ProgressFollower(reader)
        log.drop_settled = forgetting(log, kept)

        await log.catch_up()

    assert kept
    assert max(kept) < 6_000


def forgetting(log: ProgressFollower, kept: list[int]) -> Callable[[], Awaitable[None]]:
    async def drop_settled() -> None:
        names = [name for name, _ in log.items()]
        kept.append(len(names))
        for name in names:
            log.forget(name)

    return drop_settled

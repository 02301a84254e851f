"""Whatever happens to the list while it is read: complete is complete."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.checkpoints import Scope, SyncCheckpoint, pack_record_numbers
from libs.common.contracts.enums import Mode, Trigger
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import sums_of_sync
from services.fetcher.hemis.page import Page
from services.fetcher.syncs import events, steps
from services.fetcher.syncs.id_set import IdSet
from services.fetcher.syncs.published import Published
from services.fetcher.syncs.seen import PageRead, SeenRecords
from services.fetcher.syncs.steps import MOST_PASSES


class Change(NamedTuple):
    """What happens to the list before a read; places count round the list."""

    before_read: int
    kind: Literal["join", "leave", "move"]
    place: int
    target: int = 0


@dataclass
class Source:
    """A list that changes between reads as its history says, and the truth about it."""

    records: list[int]
    size: int
    history: list[Change]
    reads: int = 0
    joined: int = 0
    stayed: set[int] = field(default_factory=set)

    def page(self, number: int) -> Page:
        for change in self.history:
            if change.before_read == self.reads:
                self._apply(change)
        self.reads += 1
        self.stayed = set(self.records) if self.reads == 1 else self.stayed & {*self.records}
        total, count = len(self.records), -(-len(self.records) // self.size)
        shown = max(min(number, count), 1)
        items = self.records[(shown - 1) * self.size : shown * self.size]
        return Page(shown, count, total, tuple(str(item).encode() for item in items), self.size)

    def _apply(self, change: Change) -> None:
        records = self.records
        if change.kind == "join":
            self.joined += 1
            records.insert(change.place % (len(records) + 1), 1000 + self.joined)
        elif records:
            record = records.pop(change.place % len(records))
            if change.kind == "move":
                records.insert(change.target % (len(records) + 1), record)


class Reader:
    """Reads a source as ``SyncPages`` does, from value to value; the erased are left out."""

    def __init__(self, source: Source, erased: Collection[int] = ()) -> None:
        self.source = source
        self.erased = erased
        self.sync = begun()
        self.seen = SeenRecords(self.sync, ())
        self.reads: list[bytes] = []
        self.published: set[int] = set()

    def run(self) -> SyncFetched:
        while not (verdict := self.seen.verdict(self.sync)):
            number = steps.next_page(self.sync)
            if number is not None:
                self.read(number)
            elif steps.may_read_again(self.sync):
                self.sync = steps.next_pass(self.sync)
            else:
                verdict = events.undecided(self.sync)
                break
        return events.fetched(Resource.STUDENTS, self.sync, verdict, at=0)

    def read(self, number: int) -> None:
        page = self.source.page(number)
        numbers = tuple(map(int, page.items))
        left_out = tuple(str(one) for one in numbers if one in self.erased)
        read = PageRead(number, page, numbers, Published(suppressed=left_out))
        self.sync = self.seen.after_page(self.sync, read)
        self.reads.append(pack_record_numbers(numbers))
        self.published.update(one for one in numbers if one not in self.erased)


def begun() -> SyncCheckpoint:
    return SyncCheckpoint(
        sync_id="s",
        attempt=1,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        requested_by=None,
        tick_at=None,
        scope=Scope(page_size=2, filters={}, address=""),
        started_at=0,
    )


def without_hidden_swaps(history: list[Change]) -> list[Change]:
    """Leave out what no count shows: as many gone as come between the same two reads."""
    kept = []
    for before_read in sorted({change.before_read for change in history}):
        changes = [change for change in history if change.before_read == before_read]
        kinds = [change.kind for change in changes]
        joined, left = kinds.count("join"), kinds.count("leave")
        kept += [change for change in changes if joined != left or change.kind == "move"]
    return kept


# To hide a record in three laps, moving it away and back, takes five moves: more than chance has.
changes = st.builds(
    Change,
    before_read=st.integers(1, 16),
    kind=st.sampled_from(["join", "leave", "move", "move"]),
    place=st.integers(0, 30),
    target=st.integers(0, 30),
)
histories = st.lists(changes, max_size=4).map(without_hidden_swaps)
sources = st.builds(
    Source,
    records=st.permutations(range(1, 13)).map(list) | st.just(range(1, 8)).map(list),
    size=st.integers(1, 5),
    history=histories,
)


@given(sources)
def test_complete_never_lacks_a_record_that_was_there_all_the_time(source: Source) -> None:
    reader = Reader(source)

    decision = reader.run()

    assert not decision.complete or source.stayed <= reader.published


@given(sources, st.sets(st.integers(1, 12)))
def test_the_counts_add_up_whatever_happens(source: Source, erased: set[int]) -> None:
    reader = Reader(source, erased)

    decision = reader.run()

    assert decision.distinct == len(reader.published)
    assert decision.suppressed <= len(erased)
    assert all(one.holds for one in sums_of_sync(decision)), sums_of_sync(decision)
    assert decision.complete or decision.missing or decision.doubt


@given(sources)
def test_the_search_ends_and_a_list_that_comes_to_rest_is_complete(source: Source) -> None:
    first = -(-len(source.records) // source.size)
    reader = Reader(source)

    decision = reader.run()

    assert source.reads <= MOST_PASSES * (2 * first + 10)
    last = max((change.before_read for change in source.history), default=0)
    if last <= 2 * first - 2 and len(source.records) >= source.size:
        assert decision.complete
        assert set(source.records) <= reader.published


@given(st.integers(0, 40), st.integers(1, 7))
def test_an_unchanged_list_is_read_once_and_is_complete(records: int, size: int) -> None:
    source = Source(list(range(1, records + 1)), size, [])

    decision = Reader(source).run()

    assert source.reads == max(1, -(-records // size))
    assert (decision.complete, decision.missing, decision.departed) == (True, 0, 0)


@given(sources, st.integers(1, 20))
def test_a_restored_sync_gets_the_same_verdict(source: Source, reads: int) -> None:
    reader = Reader(source)
    for number in range(1, reads + 1):
        reader.read(number % 6 + 1)

    restored = SeenRecords(reader.sync, reader.reads)

    assert restored.verdict(reader.sync) == reader.seen.verdict(reader.sync)
    page = Page(1, 3, 12, (b"1", b"77"), 4)
    again = PageRead(1, page, (1, 77), Published())
    assert restored.after_page(reader.sync, again) == reader.seen.after_page(reader.sync, again)


@given(st.sets(st.integers(0, 2**64 - 1), max_size=60), st.sets(st.integers(0, 200)))
def test_an_id_set_holds_each_added_number_once(many: set[int], close: set[int]) -> None:
    numbers = IdSet()

    assert numbers.add(many) == len(many)
    assert numbers.add(close) == len(close - many)
    assert len(numbers) == len(many | close)
    assert all(number in numbers for number in many | close)
    assert 2**65 not in numbers

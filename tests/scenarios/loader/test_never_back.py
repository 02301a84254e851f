"""Whatever two fetchers write, whatever is read twice: no row goes back in time unnoticed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from services.loader.errors import RecordRefused
from services.loader.mapping.table import RowKey
from services.loader.mapping.tables import tables
from services.loader.records.decide import Effect, StaleRecordGuard, Version, decide
from services.loader.records.effects import EffectCache, SyncPartition
from services.loader.records.incoming import IncomingRecord

PLACE = Partition("t.students", 0)
TABLES = tables(UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
# Cheap to try, and what goes wrong here needs four or five records that fit together.
MANY = settings(max_examples=5 * settings.default.max_examples)  # type: ignore[union-attr]
REJECTED, GONE = "rejected", "gone"


class Said(NamedTuple):
    """One record: of whom, what, when it was asked for, and for which sync."""

    key: int
    content: str
    seconds: int
    sync_id: str


def incoming(said: Said, offset: int, resource: Resource) -> IncomingRecord:
    row: Any = None if said.content in {REJECTED, GONE} else said.content
    return IncomingRecord(
        resource=resource,
        table=TABLES[resource],
        partition=PLACE,
        offset=offset,
        key=str(said.key),
        row_key=(said.key, ""),
        sync_id=said.sync_id,
        fetched_at=START + timedelta(seconds=said.seconds),
        content_hash=said.content,
        identity=(b"", b""),
        is_tombstone=said.content == GONE,
        row=row,
        refused=RecordRefused(RejectCode.WRONG_TYPE, "") if said.content == REJECTED else None,
        value=None,
    )


@dataclass
class Shelf:
    """What PostgreSQL holds, as the simplest thing that could be right."""

    resource: Resource
    rows: dict[RowKey, Version] = field(default_factory=dict)
    refetches: set[RowKey] = field(default_factory=set)
    guard: StaleRecordGuard = field(default_factory=lambda: StaleRecordGuard(None))
    memory: EffectCache = field(default_factory=EffectCache)
    next_offset: int = 0

    def load(self, records: Sequence[IncomingRecord]) -> None:
        guard, before = replace(self.guard), dict(self.rows)
        decisions = decide(records, before, {PLACE: guard})
        for key, record in decisions.writes.items():
            self.rows[key] = Version(record.content_hash, record.fetched_at, removed=False)
        for key, record in decisions.tombstones.items():
            self._remove(key, record)
        self.refetches |= decisions.refetches.keys()
        self.refetches -= decisions.accepted
        self._count(decisions.effects)
        self.next_offset = records[-1].offset + 1
        done = guard.reread_until is not None and self.next_offset >= guard.reread_until
        self.guard = StaleRecordGuard(guard.newest, None if done else guard.reread_until)
        # A student's tombstone leaves nothing behind that could remember its time.
        gone = (
            set() if self.resource.keyed_by_position else {r.row_key for r in records if not r.row}
        )
        for key in before.keys() & self.rows.keys() - gone:
            assert before[key].fetched_at <= self.rows[key].fetched_at

    def _remove(self, key: RowKey, tombstone: IncomingRecord) -> None:
        row = self.rows.pop(key, None)
        if row is not None and self.resource.keyed_by_position:
            self.rows[key] = row._replace(fetched_at=tombstone.fetched_at, removed=True)

    def _count(self, effects: Sequence[tuple[IncomingRecord, Effect]]) -> None:
        placed = [(SyncPartition(record.sync_id, PLACE, 1), record.key, e) for record, e in effects]
        for place, _, _ in placed:
            if not self.memory.knows(place):
                self.memory.restore(place, ())
        self.memory.commit(self.memory.add_up(placed))

    def outcomes(self) -> dict[str, dict[str, Effect]]:
        return {place.sync_id: dict(found) for place, found in self.memory._effects.items()}

    def begin_again(self) -> None:
        """Read the partition from its first record, as where the topic was made anew."""
        self.guard = StaleRecordGuard(None, self.guard.reread_until or self.next_offset)
        self.next_offset = 0


class Turn(NamedTuple):
    """One of the two fetchers writes, so many seconds after what it wrote before."""

    fetcher: int
    wait_seconds: int
    said: Said


def merged(turns: Sequence[Turn]) -> list[Said]:
    """Let two fetchers write one log; only the times of each never go back."""
    clocks = [0, 0]
    log = []
    for turn in turns:
        clocks[turn.fetcher] += turn.wait_seconds
        log.append(turn.said._replace(seconds=clocks[turn.fetcher]))
    return log


said = st.builds(
    Said,
    key=st.integers(1, 2),
    content=st.sampled_from(["a", "a", "b", GONE, REJECTED]),
    seconds=st.just(0),
    sync_id=st.sampled_from(["full", "single"]),
)
turns = st.builds(Turn, fetcher=st.integers(0, 1), wait_seconds=st.integers(0, 3), said=said)
logs = st.lists(turns, max_size=10).map(merged)
# How many records batches hold, by turns; where the loader begins the partition again.
sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3)
rereads = st.lists(st.integers(0, 9), max_size=2).map(sorted)


def batches(
    log: Sequence[IncomingRecord], most: Sequence[int], first: int
) -> Iterator[list[IncomingRecord]]:
    for size in cycle(most):
        if first >= len(log):
            return
        yield list(log[first : first + size])
        first += size


def newest(log: Sequence[IncomingRecord], key: RowKey) -> IncomingRecord | None:
    """Name the newest record of a key that can load, by its time and then by its place."""
    loadable = [r for r in log if r.row_key == key and r.refused is None]
    return max(loadable, key=lambda r: (r.fetched_at, r.offset), default=None)


def is_truthful(shelf: Shelf, log: Sequence[IncomingRecord], key: RowKey) -> bool:
    truth, row = newest(log, key), shelf.rows.get(key)
    if truth is None or truth.row is None:
        return row is None or row.removed
    return row is not None and not row.removed and row.content_hash == truth.content_hash


def is_healed(log: Sequence[IncomingRecord], key: RowKey) -> bool:
    """Tell whether the log's last word on a key, which other readers keep, is the newest one."""
    loadable = [r for r in log if r.row_key == key and r.refused is None]
    truth = newest(log, key)
    return truth is None or truth.content_hash == loadable[-1].content_hash


def check(shelf: Shelf, log: Sequence[IncomingRecord]) -> None:
    for key in {record.row_key for record in log} - shelf.refetches:
        assert is_truthful(shelf, log, key)
        assert is_healed(log, key)
    for sync_id, outcomes in shelf.outcomes().items():
        assert outcomes.keys() == {r.key for r in log if r.sync_id == sync_id}


@MANY
@given(st.sampled_from(Resource), logs, sizes)
def test_a_row_is_the_newest_record_or_its_key_is_fetched_again(
    resource: Resource, words: list[Said], most: list[int]
) -> None:
    log = [incoming(one, offset, resource) for offset, one in enumerate(words)]
    shelf = Shelf(resource)

    for batch in batches(log, most, 0):
        shelf.load(batch)

        check(shelf, log[: shelf.next_offset])


@MANY
@given(st.sampled_from(Resource), logs, sizes, rereads)
def test_a_reread_ends_with_the_same_rows_or_with_a_refetch(
    resource: Resource, words: list[Said], most: list[int], begin_again_at: list[int]
) -> None:
    log = [incoming(one, offset, resource) for offset, one in enumerate(words)]
    shelf = Shelf(resource)

    again = list(begin_again_at)
    while shelf.next_offset < len(log):
        for batch in batches(log, most, shelf.next_offset):
            shelf.load(batch)
            if again and shelf.next_offset > again[0]:
                again.pop(0)
                shelf.begin_again()
                break

    check(shelf, log)


@MANY
@given(st.sampled_from(Resource), logs, sizes)
def test_the_size_of_batches_changes_nothing(
    resource: Resource, words: list[Said], most: list[int]
) -> None:
    log = [incoming(one, offset, resource) for offset, one in enumerate(words)]
    shelf, at_once = Shelf(resource), Shelf(resource)

    for batch in batches(log, most, 0):
        shelf.load(batch)
    for batch in batches(log, [10], 0):
        at_once.load(batch)

    assert (at_once.rows, at_once.refetches) == (shelf.rows, shelf.refetches)
    assert at_once.outcomes() == shelf.outcomes()

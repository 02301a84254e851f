"""No row goes back in time unnoticed, whatever two fetchers write and whatever is read twice."""

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

PARTITION = Partition("t.students", 0)
TABLES = tables(UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
# Cheap to try, and what goes wrong here needs four or five records that fit together.
MANY = settings(max_examples=5 * settings.default.max_examples)  # type: ignore[union-attr]
REJECTED, GONE = "rejected", "gone"


class RecordSpec(NamedTuple):
    """One record: its key, its content, its request time and its sync."""

    key: int
    content: str
    seconds: int
    sync_id: str


def incoming(spec: RecordSpec, offset: int, resource: Resource) -> IncomingRecord:
    row: Any = None if spec.content in {REJECTED, GONE} else spec.content
    return IncomingRecord(
        resource=resource,
        table=TABLES[resource],
        partition=PARTITION,
        offset=offset,
        key=str(spec.key),
        row_key=(spec.key, ""),
        sync_id=spec.sync_id,
        fetched_at=START + timedelta(seconds=spec.seconds),
        content_hash=spec.content,
        identity=(b"", b""),
        is_tombstone=spec.content == GONE,
        row=row,
        refused=RecordRefused(RejectCode.WRONG_TYPE, "") if spec.content == REJECTED else None,
        value=None,
    )


@dataclass
class TableModel:
    """A simple model of the tables and of the loader's memory."""

    resource: Resource
    rows: dict[RowKey, Version] = field(default_factory=dict)
    refetches: set[RowKey] = field(default_factory=set)
    guard: StaleRecordGuard = field(default_factory=lambda: StaleRecordGuard(None))
    cache: EffectCache = field(default_factory=EffectCache)
    next_offset: int = 0

    def load(self, records: Sequence[IncomingRecord]) -> None:
        guard, before = replace(self.guard), dict(self.rows)
        decisions = decide(records, before, {PARTITION: guard})
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
        # A student's tombstone deletes the row, and with it the time of the row.
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
        counted = [
            (SyncPartition(record.sync_id, PARTITION, 1), record.key, effect)
            for record, effect in effects
        ]
        for sync_partition, _, _ in counted:
            if not self.cache.knows(sync_partition):
                self.cache.restore(sync_partition, ())
        self.cache.commit(self.cache.add_up(counted))

    def outcomes(self) -> dict[str, dict[str, Effect]]:
        return {of.sync_id: dict(effects) for of, effects in self.cache._effects.items()}

    def reread(self) -> None:
        """Read the partition from its first record, as after the topic was recreated."""
        self.guard = StaleRecordGuard(None, self.guard.reread_until or self.next_offset)
        self.next_offset = 0


class FetcherWrite(NamedTuple):
    """A write of one of the two fetchers, some seconds after its last one."""

    fetcher: int
    wait_seconds: int
    spec: RecordSpec


def merged(fetcher_writes: Sequence[FetcherWrite]) -> list[RecordSpec]:
    """Merge the writes of two fetchers into one log; only the times of each fetcher ascend."""
    clocks = [0, 0]
    log = []
    for write in fetcher_writes:
        clocks[write.fetcher] += write.wait_seconds
        log.append(write.spec._replace(seconds=clocks[write.fetcher]))
    return log


spec = st.builds(
    RecordSpec,
    key=st.integers(1, 2),
    content=st.sampled_from(["a", "a", "b", GONE, REJECTED]),
    seconds=st.just(0),
    sync_id=st.sampled_from(["full", "single"]),
)
fetcher_writes = st.builds(
    FetcherWrite, fetcher=st.integers(0, 1), wait_seconds=st.integers(0, 3), spec=spec
)
logs = st.lists(fetcher_writes, max_size=10).map(merged)
# How many records batches hold, by turns; where the loader begins the partition again.
sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3)
rereads = st.lists(st.integers(0, 9), max_size=2).map(sorted)


def batches(
    log: Sequence[IncomingRecord], batch_sizes: Sequence[int], first: int
) -> Iterator[list[IncomingRecord]]:
    for size in cycle(batch_sizes):
        if first >= len(log):
            return
        yield list(log[first : first + size])
        first += size


def newest(log: Sequence[IncomingRecord], key: RowKey) -> IncomingRecord | None:
    """Name the newest record of a key that can load, by its time and then by its place."""
    loadable = [r for r in log if r.row_key == key and r.refused is None]
    return max(loadable, key=lambda r: (r.fetched_at, r.offset), default=None)


def is_newest_content(model: TableModel, log: Sequence[IncomingRecord], key: RowKey) -> bool:
    newest_record, row = newest(log, key), model.rows.get(key)
    if newest_record is None or newest_record.row is None:
        return row is None or row.removed
    return row is not None and not row.removed and row.content_hash == newest_record.content_hash


def log_ends_with_newest(log: Sequence[IncomingRecord], key: RowKey) -> bool:
    """Tell whether the log's last word on a key, which other readers keep, is the newest one."""
    loadable = [r for r in log if r.row_key == key and r.refused is None]
    newest_record = newest(log, key)
    return newest_record is None or newest_record.content_hash == loadable[-1].content_hash


def check(model: TableModel, log: Sequence[IncomingRecord]) -> None:
    for key in {record.row_key for record in log} - model.refetches:
        assert is_newest_content(model, log, key)
        assert log_ends_with_newest(log, key)
    for sync_id, outcomes in model.outcomes().items():
        assert outcomes.keys() == {r.key for r in log if r.sync_id == sync_id}


@MANY
@given(st.sampled_from(Resource), logs, sizes)
def test_a_row_is_the_newest_record_or_its_key_is_fetched_again(
    resource: Resource, specs: list[RecordSpec], batch_sizes: list[int]
) -> None:
    log = [incoming(one, offset, resource) for offset, one in enumerate(specs)]
    model = TableModel(resource)

    for batch in batches(log, batch_sizes, 0):
        model.load(batch)

        check(model, log[: model.next_offset])


@MANY
@given(st.sampled_from(Resource), logs, sizes, rereads)
def test_a_reread_ends_with_the_same_rows_or_with_a_refetch(
    resource: Resource, specs: list[RecordSpec], batch_sizes: list[int], reread_at: list[int]
) -> None:
    log = [incoming(one, offset, resource) for offset, one in enumerate(specs)]
    model = TableModel(resource)

    rereads_left = list(reread_at)
    while model.next_offset < len(log):
        for batch in batches(log, batch_sizes, model.next_offset):
            model.load(batch)
            if rereads_left and model.next_offset > rereads_left[0]:
                rereads_left.pop(0)
                model.reread()
                break

    check(model, log)


@MANY
@given(st.sampled_from(Resource), logs, sizes)
def test_the_size_of_batches_changes_nothing(
    resource: Resource, specs: list[RecordSpec], batch_sizes: list[int]
) -> None:
    log = [incoming(one, offset, resource) for offset, one in enumerate(specs)]
    model, in_one_batch = TableModel(resource), TableModel(resource)

    for batch in batches(log, batch_sizes, 0):
        model.load(batch)
    for batch in batches(log, [10], 0):
        in_one_batch.load(batch)

    assert (in_one_batch.rows, in_one_batch.refetches) == (model.rows, model.refetches)
    assert in_one_batch.outcomes() == model.outcomes()

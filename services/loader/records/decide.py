"""What each record of a batch does to its row: the guard and the outcomes. Pure.

Source of the rules: docs/decisions/0002-decide-before-writing.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from libs.common.kafka.ports import Partition
from services.loader.mapping.table import RowKey
from services.loader.records.incoming import IncomingRecord


class Effect(StrEnum):
    """What a record did to its row."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


_CHANGES = frozenset((Effect.INSERTED, Effect.UPDATED))


def combine(first: Effect | None, then: Effect) -> Effect:
    """One outcome per sync and key: the first change stands and outlives a rejection."""
    if first is None or first is then or first in _CHANGES:
        return first or then
    if then in _CHANGES:
        return then
    return Effect.REJECTED


class Version(NamedTuple):
    """What the table holds of a key."""

    content_hash: str
    fetched_at: datetime
    removed: bool


@dataclass(slots=True)
class StaleRecordGuard:
    """The newest time seen on a partition; below ``reread_until`` only the rows' times guard.

    A partition that is read again from its beginning had that end, and what stands before it
    was judged once: nothing there is wished for, and no wish is granted by it.
    """

    newest: datetime | None
    reread_until: int | None = None

    def rereads(self, record: IncomingRecord) -> bool:
        return self.reread_until is not None and record.offset < self.reread_until

    def refuses(self, record: IncomingRecord) -> bool:
        if self.newest is None or self.rereads(record):
            return False
        return record.fetched_at < self.newest

    def see(self, fetched_at: datetime) -> None:
        if self.newest is None or fetched_at > self.newest:
            self.newest = fetched_at


@dataclass(slots=True)
class Decisions:
    """What a batch writes: first the rows, then the tombstones, of each key the last one."""

    writes: dict[RowKey, IncomingRecord] = field(default_factory=dict)
    tombstones: dict[RowKey, IncomingRecord] = field(default_factory=dict)
    effects: list[tuple[IncomingRecord, Effect]] = field(default_factory=list)
    wishes: dict[RowKey, IncomingRecord] = field(default_factory=dict)
    """Refused records that say something else than the row: the key is fetched again."""
    newer: set[RowKey] = field(default_factory=set)
    """Keys of which a record was not refused: what was wished for them has come."""
    erased: set[int] = field(default_factory=set)
    """People of whom nothing stays; older than something or not, an erasure is never refused."""

    def carry_out(self, record: IncomingRecord) -> None:
        key = record.row_key
        if not record.is_tombstone:
            self.writes[key] = record
            self.tombstones.pop(key, None)
            return
        self.tombstones[key] = record
        # A closed position keeps its row, so that row must be there to be closed.
        if not record.resource.keyed_by_position:
            self.writes.pop(key, None)


def decide(
    records: Iterable[IncomingRecord],
    stored: Mapping[RowKey, Version],
    guards: Mapping[Partition, StaleRecordGuard],
) -> Decisions:
    """Decide on one resource's records, in the order of their offsets; moves the guards."""
    decisions = Decisions()
    present: dict[RowKey, Version | None] = dict(stored)
    for record in records:
        guard = guards[record.partition]
        if record.is_erasure and record.refused is None:
            decisions.erased.add(record.row_key[0])
        effect = _effect(record, present.get(record.row_key), guard, decisions)
        decisions.effects.append((record, effect))
        if effect in _CHANGES:
            decisions.carry_out(record)
            present[record.row_key] = _version(record)
    return decisions


def _version(record: IncomingRecord) -> Version | None:
    """What the table holds after this record: a student's tombstone leaves nothing behind."""
    removed = record.is_tombstone
    if removed and not record.resource.keyed_by_position:
        return None
    return Version(record.content_hash, record.fetched_at, removed)


def _effect(
    record: IncomingRecord, row: Version | None, guard: StaleRecordGuard, decisions: Decisions
) -> Effect:
    if record.refused is not None:
        return Effect.REJECTED
    if guard.refuses(record) or (row and record.fetched_at < row.fetched_at):
        if not (guard.rereads(record) or _agree(record, row)):
            decisions.wishes[record.row_key] = record
            decisions.newer.discard(record.row_key)
        return Effect.UNCHANGED
    agrees = _agree(record, row)
    if not (agrees or record.read_row()):
        return Effect.REJECTED
    guard.see(record.fetched_at)
    if not guard.rereads(record):
        decisions.wishes.pop(record.row_key, None)
        decisions.newer.add(record.row_key)
    if agrees:
        return Effect.UNCHANGED
    return Effect.UPDATED if row else Effect.INSERTED


def _agree(record: IncomingRecord, row: Version | None) -> bool:
    """Tell whether the row is as the record says: there with this content, or gone."""
    if record.is_tombstone:
        return row is None or row.removed
    return row is not None and not row.removed and row.content_hash == record.content_hash

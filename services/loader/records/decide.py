"""Decides what each record of a batch does to its row. Pure.

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
    """Return the one effect of a key in a sync: the first change, else a rejection."""
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
    unlisted_since: datetime | None = None


@dataclass(slots=True)
class StaleRecordGuard:
    """Refuses records that are older than the newest one of their partition.

    Below ``reread_until``, where a partition is read again from its beginning, only the rows' own
    times count. Those records were judged before, so they request and fulfil no refetch.
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
    """What a batch writes: the last row of each key, then the last tombstone of each key."""

    writes: dict[RowKey, IncomingRecord] = field(default_factory=dict)
    tombstones: dict[RowKey, IncomingRecord] = field(default_factory=dict)
    effects: list[tuple[IncomingRecord, Effect]] = field(default_factory=list)
    refetches: dict[RowKey, IncomingRecord] = field(default_factory=dict)
    """Stale records that differ from the row: their keys are fetched from HEMIS again."""
    accepted: set[RowKey] = field(default_factory=set)
    """Keys with a record that is not stale; it fulfils a refetch."""
    relisted: set[RowKey] = field(default_factory=set)
    """Rows that match their record, and that HEMIS lists again."""
    erased: set[int] = field(default_factory=set)
    """People to erase; an erasure is never stale."""

    @property
    def updates(self) -> list[IncomingRecord]:
        """Records that are written over a row."""
        updated = {record.row_key for record, effect in self.effects if effect is Effect.UPDATED}
        return [record for key, record in self.writes.items() if key in updated]

    def apply(self, record: IncomingRecord) -> None:
        key = record.row_key
        if not record.is_tombstone:
            self.writes[key] = record
            self.tombstones.pop(key, None)
            return
        self.tombstones[key] = record
        # A closed position keeps its row, so the row must be written first.
        if not record.resource.keyed_by_position:
            self.writes.pop(key, None)


def decide(
    records: Iterable[IncomingRecord],
    stored: Mapping[RowKey, Version],
    guards: Mapping[Partition, StaleRecordGuard],
) -> Decisions:
    """Decide on the records of one resource, in the order of offsets; updates the guards."""
    decisions = Decisions()
    present: dict[RowKey, Version | None] = dict(stored)
    for record in records:
        guard = guards[record.partition]
        if record.is_erasure and record.refused is None:
            decisions.erased.add(record.row_key[0])
        effect = _effect(record, present.get(record.row_key), guard, decisions)
        decisions.effects.append((record, effect))
        if effect in _CHANGES:
            decisions.apply(record)
            present[record.row_key] = _version(record)
    return decisions


def _version(record: IncomingRecord) -> Version | None:
    """Return what the table holds after this record; a student's tombstone deletes the row."""
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
        if not (guard.rereads(record) or _matches(record, row)):
            decisions.refetches[record.row_key] = record
            decisions.accepted.discard(record.row_key)
        return Effect.UNCHANGED
    matches = _matches(record, row)
    if not (matches or record.read_row()):
        return Effect.REJECTED
    guard.see(record.fetched_at)
    if not guard.rereads(record):
        decisions.refetches.pop(record.row_key, None)
        decisions.accepted.add(record.row_key)
    if matches:
        if _is_relisted(record, row):
            decisions.relisted.add(record.row_key)
        return Effect.UNCHANGED
    return Effect.UPDATED if row else Effect.INSERTED


def _is_relisted(record: IncomingRecord, row: Version | None) -> bool:
    if record.is_tombstone or row is None or row.unlisted_since is None:
        return False
    return record.fetched_at > row.unlisted_since


def _matches(record: IncomingRecord, row: Version | None) -> bool:
    """Tell whether the row already is what the record says: this content, or removed."""
    if record.is_tombstone:
        return row is None or row.removed
    return row is not None and not row.removed and row.content_hash == record.content_hash

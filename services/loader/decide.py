"""What each record of a batch does to its row: the guard and the outcomes. Pure.

Source of the rules: architecture §3 (one outcome per sync and key) and §4.5-4.6 (unchanged, guard).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from libs.common.kafka.ports import Partition
from services.loader.incoming import Incoming, RowKey


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
class Guard:
    """The newest time seen on a partition; during a re-read only the rows' own times guard."""

    newest: datetime | None
    rereading: bool = False

    def refuses(self, fetched_at: datetime) -> bool:
        return not self.rereading and self.newest is not None and fetched_at < self.newest

    def see(self, fetched_at: datetime) -> None:
        if self.newest is None or fetched_at > self.newest:
            self.newest = fetched_at


@dataclass(slots=True)
class Decisions:
    """What a batch writes: the last decision on a key is the one that is carried out."""

    writes: dict[RowKey, Incoming] = field(default_factory=dict)
    effects: list[tuple[Incoming, Effect]] = field(default_factory=list)
    wishes: dict[RowKey, Incoming] = field(default_factory=dict)
    """Refused records with other content than the row's: the key is fetched again."""
    applied: set[RowKey] = field(default_factory=set)
    """Keys of which a record was not refused: what was wished for them has come."""


def decide(
    records: Iterable[Incoming],
    stored: Mapping[RowKey, Version],
    guards: Mapping[Partition, Guard],
) -> Decisions:
    """Decide on one resource's records, in the order of their offsets; moves the guards."""
    decisions = Decisions()
    present = dict(stored)
    for record in records:
        guard = guards[record.partition]
        effect = _effect(record, present.get(record.row_key), guard, decisions)
        decisions.effects.append((record, effect))
        if effect in _CHANGES:
            removed = record.row is None
            present[record.row_key] = Version(record.content_hash, record.fetched_at, removed)
            decisions.writes[record.row_key] = record
    return decisions


def _effect(record: Incoming, row: Version | None, guard: Guard, decisions: Decisions) -> Effect:
    if record.refused is not None:
        return Effect.REJECTED
    if guard.refuses(record.fetched_at) or (row and record.fetched_at < row.fetched_at):
        if not guard.rereading and (row is None or row.content_hash != record.content_hash):
            decisions.wishes[record.row_key] = record
            decisions.applied.discard(record.row_key)
        return Effect.UNCHANGED
    guard.see(record.fetched_at)
    decisions.wishes.pop(record.row_key, None)
    decisions.applied.add(record.row_key)
    if record.row is None:
        return Effect.UNCHANGED if row is None or row.removed else Effect.UPDATED
    if row is None:
        return Effect.INSERTED
    same = row.content_hash == record.content_hash and not row.removed
    return Effect.UNCHANGED if same else Effect.UPDATED

"""Remembers one effect per sync and key, so that a page that is read twice counts once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from libs.common.contracts.sums import SyncCounts
from libs.common.kafka.ports import Partition
from services.loader.records.decide import Effect, combine


class SyncPartition(NamedTuple):
    """A sync's records in one partition, under one claim: only the claim's holder writes them."""

    sync_id: str
    partition: Partition
    epoch: int


@dataclass(slots=True)
class BatchEffects:
    """What a batch changes: effects by key, and the counts of each sync."""

    changed: dict[SyncPartition, dict[str, Effect]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    deltas: dict[str, Counter[Effect]] = field(default_factory=lambda: defaultdict(Counter))

    def counts(self, sync_id: str) -> SyncCounts:
        delta = self.deltas[sync_id]
        return SyncCounts(*(delta[effect] for effect in Effect))


class EffectCache:
    """Holds the rows of ``sync_effects`` of the held partitions, by sync and key."""

    def __init__(self) -> None:
        self._effects: dict[SyncPartition, dict[str, Effect]] = {}

    def knows(self, sync_partition: SyncPartition) -> bool:
        return sync_partition in self._effects

    def restore(
        self, sync_partition: SyncPartition, stored: Iterable[tuple[Effect, list[str]]]
    ) -> None:
        """Take over what the database has stored, oldest first."""
        effects: dict[str, Effect] = {}
        for effect, keys in stored:
            effects.update(dict.fromkeys(keys, effect))
        self._effects[sync_partition] = effects

    def add_up(self, effects: Iterable[tuple[SyncPartition, str, Effect]]) -> BatchEffects:
        """Return what these effects, in order, change in the cache; ``commit`` changes it."""
        batch = BatchEffects()
        for sync_partition, key, effect in effects:
            changed = batch.changed[sync_partition]
            before = changed.get(key) or self._effects[sync_partition].get(key)
            after = combine(before, effect)
            if after is before:
                continue
            changed[key] = after
            delta = batch.deltas[sync_partition.sync_id]
            delta[after] += 1
            if before is not None:
                delta[before] -= 1
        return batch

    def commit(self, batch: BatchEffects) -> None:
        for sync_partition, changed in batch.changed.items():
            self._effects[sync_partition].update(changed)

    def drop_unless(self, is_needed: Callable[[SyncPartition], bool]) -> None:
        self._effects = {of: effects for of, effects in self._effects.items() if is_needed(of)}

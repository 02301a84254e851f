"""One outcome per sync and key, remembered so that a page read twice counts once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from libs.common.contracts.sync_counts import SyncCounts
from libs.common.kafka.ports import Partition
from services.loader.records.decide import Effect, combine


class SyncPartition(NamedTuple):
    """A sync's share of one partition, under one claim: only the claim's holder writes it."""

    sync_id: str
    partition: Partition
    epoch: int


@dataclass(slots=True)
class Tally:
    """What a batch changes in the memory, by place, and in the counts, by sync."""

    changed: dict[SyncPartition, dict[str, Effect]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    deltas: dict[str, Counter[Effect]] = field(default_factory=lambda: defaultdict(Counter))

    def counts(self, sync_id: str) -> SyncCounts:
        delta = self.deltas[sync_id]
        return SyncCounts(*(delta[effect] for effect in Effect))


class EffectCache:
    """Effects by sync, partition and key; a copy of ``sync_effects`` for the held partitions."""

    def __init__(self) -> None:
        self._effects: dict[SyncPartition, dict[str, Effect]] = {}

    def knows(self, place: SyncPartition) -> bool:
        return place in self._effects

    def recall(self, place: SyncPartition, remembered: Iterable[tuple[Effect, list[str]]]) -> None:
        """Fill one place from what the database remembers, oldest first."""
        effects: dict[str, Effect] = {}
        for effect, keys in remembered:
            effects.update(dict.fromkeys(keys, effect))
        self._effects[place] = effects

    def tally(self, effects: Iterable[tuple[SyncPartition, str, Effect]]) -> Tally:
        """Work out what these effects, in order, add to what is remembered."""
        tally = Tally()
        for place, key, effect in effects:
            before = tally.changed[place].get(key) or self._effects[place].get(key)
            after = combine(before, effect)
            if after is before:
                continue
            tally.changed[place][key] = after
            delta = tally.deltas[place.sync_id]
            delta[after] += 1
            if before is not None:
                delta[before] -= 1
        return tally

    def commit(self, tally: Tally) -> None:
        for place, changed in tally.changed.items():
            self._effects[place].update(changed)

    def keep(self, is_wanted: Callable[[SyncPartition], bool]) -> None:
        """Forget syncs that are over and claims that were lost."""
        self._effects = {place: found for place, found in self._effects.items() if is_wanted(place)}

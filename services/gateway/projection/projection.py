"""Everything known of all syncs, folded from commands and events. Pure: no I/O, no clock."""

from collections.abc import Iterable, Iterator

from libs.common.contracts.commands import Command, EraseRecord, FetchRecords, ResumeSync, StartSync
from libs.common.contracts.enums import Kind
from libs.common.contracts.events import (
    AlertCleared,
    AlertRaised,
    ErasureLoaded,
    ErasureRefused,
    Event,
    LoadingPaused,
    RecordErased,
    SyncAbandoned,
    SyncStarted,
    TickSkipped,
)
from libs.common.contracts.resources import Resource
from services.gateway.projection.alerts import AlertLog
from services.gateway.projection.erasures import ErasureLog
from services.gateway.projection.heartbeats import HeartbeatLog
from services.gateway.projection.settled import Settled
from services.gateway.projection.sync_state import SyncState


class Projection:
    """Gives the same answers for any order and any repetition of the same messages.

    ``offset`` is always the message's offset in its topic.
    """

    def __init__(self) -> None:
        self.alerts = AlertLog()
        self.erasures = ErasureLog()
        self.heartbeats = HeartbeatLog()
        self.settled = Settled()
        """Syncs of single records that are over, packed."""
        self._syncs: dict[str, SyncState] = {}
        self._singles: dict[str, SyncState] = {}
        """The syncs of single records in ``_syncs`` that are packed once they are over."""
        self._full: dict[Resource, dict[str, SyncState]] = {one: {} for one in Resource}
        self._candidates: dict[Resource, dict[str, SyncState]] = {one: {} for one in Resource}
        self._skipped_ticks: dict[str, TickSkipped] = {}
        self._retries: dict[str, dict[str, SyncState]] = {}

    def fold_command(self, command: Command, offset: int) -> bool:
        """Fold one command; return whether it says anything new."""
        if isinstance(command, EraseRecord):
            return self.erasures.fold_command(command)
        sync = self._sync(command.sync_id, command.resource)
        new = sync.fold_command(command, offset)
        if isinstance(command, StartSync | ResumeSync):
            self._index(sync)
        if isinstance(command, FetchRecords):
            self._index_single(sync, command)
        return new

    def fold_event(self, event: Event, offset: int) -> bool:
        """Fold one event; return whether it says anything new."""
        if isinstance(event, TickSkipped):
            return self._skipped_ticks.setdefault(event.sync_id, event) is event
        if isinstance(event, AlertRaised | AlertCleared):
            return self.alerts.add(event, offset)
        if isinstance(event, RecordErased | ErasureLoaded | ErasureRefused):
            return self.erasures.fold_event(event)
        sync = self._sync(event.sync_id, event.resource)
        new = sync.fold_event(event, offset)
        if isinstance(event, SyncStarted):
            self._index(sync)
            self._index_single(sync, event)
        return new

    def retries_of(self, dead_letter_id: str) -> Iterable[SyncState]:
        """Return the syncs that fetched a dead letter's record again."""
        return self._retries.get(dead_letter_id, {}).values()

    def all_retries(self) -> Iterator[tuple[str, SyncState]]:
        """Yield every retry with the id of its dead letter."""
        for dead_letter_id, syncs in self._retries.items():
            for sync in syncs.values():
                yield dead_letter_id, sync

    def unsettled(self) -> Iterable[SyncState]:
        """Return every sync that is not packed."""
        return self._syncs.values()

    def find(self, sync_id: str) -> SyncState | None:
        return self._syncs.get(sync_id) or self.settled.find(sync_id)

    def quiet_singles(self, quiet_since: int) -> list[SyncState]:
        """Return the unpacked syncs of single records without any message since then."""
        # The packed form loses the order of events, which an abandoned sync still needs.
        return [
            sync
            for sync in self._singles.values()
            if sync.last_activity_at < quiet_since and sync.facts.get(SyncAbandoned) is None
        ]

    def settle(self, sync: SyncState, status: str) -> None:
        """Pack a sync of a single record that is over, with its final status."""
        self.settled.add(sync, status)
        del self._syncs[sync.sync_id], self._singles[sync.sync_id]

    def skipped_tick(self, sync_id: str) -> TickSkipped | None:
        return self._skipped_ticks.get(sync_id)

    def full(self, resource: Resource) -> Iterable[SyncState]:
        """Return every sync of the whole resource."""
        return self._full[resource].values()

    def that_paused(self, resource: Resource) -> list[SyncState]:
        """Return the full syncs that ever paused the resource's topic, ordered by id."""
        syncs = (sync for _, sync in sorted(self._full[resource].items()))
        return [sync for sync in syncs if sync.facts.get(LoadingPaused) is not None]

    def candidates(self, resource: Resource) -> Iterable[SyncState]:
        """Return the full syncs that may be the resource's current one: none started later."""
        candidates = self._candidates[resource]
        last_start = max((sync.last_started_at for sync in candidates.values()), default=0)
        # Dropped on reading, not on folding: a replay would repeat it for every message.
        for sync in [one for one in candidates.values() if one.last_requested_at < last_start]:
            del candidates[sync.sync_id]
        return candidates.values()

    def ticks(self, resource: Resource) -> Iterator[tuple[str, int]]:
        """Yield sync id and time of every tick that started a sync or was skipped."""
        for sync in self._full[resource].values():
            request = sync.facts.get(SyncStarted) or sync.facts.get(StartSync)
            if request is not None and request.tick_at is not None:
                yield sync.sync_id, request.tick_at
        for skipped in self._skipped_ticks.values():
            if skipped.resource is resource:
                yield skipped.sync_id, skipped.tick_at

    def forget(self, before: int) -> None:
        """Drop what no topic keeps any longer, which bounds the memory."""
        self.settled.forget(before)
        self._syncs = {
            name: sync for name, sync in self._syncs.items() if sync.newest_time >= before
        }
        self._singles = {n: self._syncs[n] for n in self._singles.keys() & self._syncs.keys()}
        for syncs in (*self._full.values(), *self._candidates.values(), *self._retries.values()):
            for name in syncs.keys() - self._syncs.keys():
                del syncs[name]
        self._retries = {name: syncs for name, syncs in self._retries.items() if syncs}
        self.alerts.forget(before)
        self.erasures.forget(before)
        self.heartbeats.forget(before)
        self._skipped_ticks = {
            name: tick for name, tick in self._skipped_ticks.items() if tick.at >= before
        }

    def _sync(self, sync_id: str, resource: Resource) -> SyncState:
        sync = self._syncs.get(sync_id)
        if sync is None:
            settled = self.settled.take(sync_id)
            sync = self._syncs[sync_id] = settled or SyncState(sync_id, resource)
            if settled is not None:
                self._singles[sync_id] = sync
        return sync

    def _index(self, sync: SyncState) -> None:
        if sync.kind is Kind.FULL:
            self._full[sync.resource][sync.sync_id] = sync
            self._candidates[sync.resource][sync.sync_id] = sync

    def _index_single(self, sync: SyncState, message: FetchRecords | SyncStarted) -> None:
        if not message.dead_letter_id and sync.kind is Kind.SINGLE:
            self._singles[sync.sync_id] = sync
        if message.dead_letter_id:
            self._singles.pop(sync.sync_id, None)
            self._retries.setdefault(message.dead_letter_id, {})[sync.sync_id] = sync

"""Fold commands, events and beats into what is known of every sync. Pure: no I/O, no clock."""

from collections.abc import Iterable, Iterator

from libs.common.contracts.commands import (
    Command,
    EraseRecord,
    FetchRecords,
    ResumeSync,
    StartSync,
)
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
from libs.common.contracts.heartbeats import ENDED, STANDBY, Beat
from libs.common.contracts.resources import Resource
from services.gateway.projection.alerts import AlertLog
from services.gateway.projection.erasures import Erasures
from services.gateway.projection.history import Place
from services.gateway.projection.settled import Settled
from services.gateway.projection.status import Status, status_of
from services.gateway.projection.sync_state import SyncState


class Projection:
    """Any order and any repetition of the same messages gives the same answers.

    ``place`` is always the message's offset in its topic.
    """

    def __init__(self) -> None:
        self.alerts = AlertLog()
        self.erasures = Erasures()
        self._syncs: dict[str, SyncState] = {}
        self._singles: dict[str, SyncState] = {}
        """Those of ``_syncs`` that are to be packed once they are over."""
        self._settled = Settled()
        self._full: dict[Resource, dict[str, SyncState]] = {one: {} for one in Resource}
        self._rivals: dict[Resource, dict[str, SyncState]] = {one: {} for one in Resource}
        self._skipped: dict[str, TickSkipped] = {}
        self._retries: dict[str, dict[str, SyncState]] = {}
        self._beats: dict[str, Beat] = {}
        self._first_beats: dict[str, int] = {}
        self._worked: dict[str, int] = {}

    def command(self, command: Command, place: int) -> bool:
        """Fold one command in; tell whether it said anything new."""
        if isinstance(command, EraseRecord):
            return self.erasures.ask(command)
        sync = self._sync(command.sync_id, command.resource)
        new = sync.command(command, place)
        if isinstance(command, StartSync | ResumeSync):
            self._index(sync)
        if isinstance(command, FetchRecords):
            self._index_single(sync, command)
        return new

    def event(self, event: Event, place: int) -> bool:
        """Fold one event in; tell whether it said anything new."""
        if isinstance(event, TickSkipped):
            return self._skipped.setdefault(event.sync_id, event) is event
        if isinstance(event, AlertRaised | AlertCleared):
            return self.alerts.add(event, place)
        if isinstance(event, RecordErased | ErasureLoaded | ErasureRefused):
            return self.erasures.tell(event)
        sync = self._sync(event.sync_id, event.resource)
        new = sync.event(event, place)
        if isinstance(event, SyncStarted):
            self._index(sync)
            self._index_single(sync, event)
        return new

    def retries(self, dead_letter_id: str) -> Iterable[SyncState]:
        """Give the syncs that fetched a dead letter's record again."""
        return self._retries.get(dead_letter_id, {}).values()

    def retried(self) -> Iterator[tuple[str, SyncState]]:
        """Give every retry, with the dead letter it was for."""
        for dead_letter_id, syncs in self._retries.items():
            for sync in syncs.values():
                yield dead_letter_id, sync

    def beat(self, instance: str, beat: Beat | None) -> None:
        """Note a sign of life; None is a graceful stop."""
        if beat is None:
            self._beats.pop(instance, None)
            self._first_beats.pop(instance, None)
            return
        self._beats[instance] = beat
        self._first_beats.setdefault(instance, beat.at)
        if beat.state != STANDBY:
            self._worked[beat.service] = max(beat.at, self._worked.get(beat.service, 0))

    def beats(self) -> Iterable[Beat]:
        """Give the last sign of life of every process that did not stop gracefully."""
        return self._beats.values()

    def all(self) -> Iterator[SyncState]:
        """Give every sync, single records included."""
        yield from self._syncs.values()
        yield from self._settled.newest_first(None, None, None)

    def unsettled(self) -> Iterable[SyncState]:
        """Give every sync but the single records that are packed away."""
        return self._syncs.values()

    def settled(
        self, before: Place | None, resource: Resource | None, status: Status | None
    ) -> Iterator[SyncState]:
        """Give the single records that are packed away, newest first."""
        return self._settled.newest_first(before, resource, status)

    def find(self, sync_id: str) -> SyncState | None:
        return self._syncs.get(sync_id) or self._settled.find(sync_id)

    def settle(self, now: int, quiet_since: int) -> None:
        """Pack single records away that are over, and of which nothing was heard since."""
        quiet = (sync for sync in self._singles.values() if sync.touched_at < quiet_since)
        told = [(sync, status_of(sync, now)) for sync in quiet]
        # One that was given up may still be worked on, and the order of its events is not packed.
        is_sure = (pair for pair in told if pair[0].facts.get(SyncAbandoned) is None)
        over = [(sync, status) for sync, status in is_sure if not status.active]
        self._settled.keep(over)
        for sync, _ in over:
            del self._syncs[sync.sync_id], self._singles[sync.sync_id]

    def skipped(self, sync_id: str) -> TickSkipped | None:
        return self._skipped.get(sync_id)

    def full(self, resource: Resource) -> Iterable[SyncState]:
        """Give every sync of the whole resource."""
        return self._full[resource].values()

    def with_pauses(self, resource: Resource) -> list[SyncState]:
        """Give the full syncs that ever paused the resource's topic, by their ids."""
        syncs = (sync for _, sync in sorted(self._full[resource].items()))
        return [sync for sync in syncs if sync.facts.get(LoadingPaused) is not None]

    def rivals(self, resource: Resource) -> Iterable[SyncState]:
        """Give the full syncs that may stand for the resource: no later one was started."""
        rivals = self._rivals[resource]
        last_start = max((rival.last_started_at for rival in rivals.values()), default=0)
        # Reading is where the others are let go: in a replay that would be done over and over.
        for rival in [rival for rival in rivals.values() if rival.stirred_at < last_start]:
            del rivals[rival.sync_id]
        return rivals.values()

    def ticks(self, resource: Resource) -> Iterator[tuple[str, int]]:
        """Give sync id and time of every tick that became a sync or was skipped."""
        for sync in self._full[resource].values():
            asked = sync.facts.get(SyncStarted) or sync.facts.get(StartSync)
            if asked is not None and asked.tick_at is not None:
                yield sync.sync_id, asked.tick_at
        for skipped in self._skipped.values():
            if skipped.resource is resource:
                yield skipped.sync_id, skipped.tick_at

    def last_beat(self, service: str) -> int | None:
        """Tell when a service last gave a sign that it works; unix milliseconds.

        A standby is one only for so long as taking over may last: counted from its own start, or
        from when the one it stands by for was last heard.
        """
        living = (beat for beat in self._beats.values() if beat.state != ENDED)
        heard = (self._credited(beat) for beat in living if beat.service == service)
        return max(heard, default=None)

    def _credited(self, beat: Beat) -> int:
        if beat.state != STANDBY:
            return beat.at
        due = max(self._first_beats.get(beat.instance, beat.at), self._worked.get(beat.service, 0))
        return min(beat.at, due)

    def forget(self, before: int) -> None:
        """Drop what no topic holds any longer, so that memory is bounded."""
        self._settled.forget(before)
        self._syncs = {name: sync for name, sync in self._syncs.items() if sync.touched >= before}
        self._singles = {n: self._syncs[n] for n in self._singles.keys() & self._syncs.keys()}
        for syncs in (*self._full.values(), *self._rivals.values(), *self._retries.values()):
            for name in syncs.keys() - self._syncs.keys():
                del syncs[name]
        self._retries = {name: syncs for name, syncs in self._retries.items() if syncs}
        self.alerts.forget(before)
        self.erasures.forget(before)
        self._skipped = {name: tick for name, tick in self._skipped.items() if tick.at >= before}
        self._beats = {name: beat for name, beat in self._beats.items() if beat.at >= before}
        self._first_beats = {name: self._first_beats[name] for name in self._beats}

    def _sync(self, sync_id: str, resource: Resource) -> SyncState:
        sync = self._syncs.get(sync_id)
        if sync is None:
            settled = self._settled.take(sync_id)
            sync = self._syncs[sync_id] = settled or SyncState(sync_id, resource)
            if settled is not None:
                self._singles[sync_id] = sync
        return sync

    def _index(self, sync: SyncState) -> None:
        if sync.kind is Kind.FULL:
            self._full[sync.resource][sync.sync_id] = sync
            self._rivals[sync.resource][sync.sync_id] = sync

    def _index_single(self, sync: SyncState, message: FetchRecords | SyncStarted) -> None:
        if not message.dead_letter_id and sync.kind is Kind.SINGLE:
            self._singles[sync.sync_id] = sync
        if message.dead_letter_id:
            self._singles.pop(sync.sync_id, None)
            self._retries.setdefault(message.dead_letter_id, {})[sync.sync_id] = sync

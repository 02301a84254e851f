"""Use cases: start, cancel, resume and decide on syncs; each request is accepted once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from libs.common.clock import Clock
from libs.common.contracts.commands import (
    RESUMABLE_MS,
    CancelSync,
    FetchRecords,
    ResumeLoading,
    ResumeSync,
    StartSync,
    WantedRecord,
    command_fields,
)
from libs.common.contracts.enums import Kind, Mode, Trigger
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import random_sync_id
from services.gateway.commands.idempotency import fingerprint, require_same, sync_id_of
from services.gateway.commands.publisher import CONFIRM_SECONDS, CommandPublisher
from services.gateway.errors import (
    NotCancellable,
    NotConfirmed,
    NothingHeld,
    NothingPaused,
    NotResumable,
    SyncActive,
)
from services.gateway.live.live_view import LiveView
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.status import (
    Decision,
    Status,
    are_removals_held,
    open_decisions,
    resume_issued_at,
    status_of,
)

# Longer than the producer tries to deliver an unconfirmed command (30 s).
_RESERVED_MS = 60_000


@dataclass(slots=True)
class _Reservation:
    """Keeps a resource from before its command is sent until the view shows the command."""

    sync_id: str
    until: int
    unconfirmed: bool = False


class SyncRequests:
    """Turns requests into commands; every method raises subclasses of ``RequestRefused``."""

    def __init__(
        self, prefix: str, view: LiveView, publisher: CommandPublisher, clock: Clock
    ) -> None:
        self._prefix = prefix
        self._view = view
        self._publisher = publisher
        self._clock = clock
        self._reservations: dict[Resource, _Reservation] = {}

    async def start(
        self,
        resource: Resource,
        mode: Mode,
        key: str | None = None,
        requested_by: str | None = None,
    ) -> SyncState:
        """Start a sync of a whole resource; the same idempotency key is always the same sync."""
        known_id = sync_id_of(self._prefix, resource, key) or self._unconfirmed(resource)
        command = StartSync(
            **self._fields(resource, known_id or random_sync_id(), requested_by),
            mode=mode,
            fingerprint=fingerprint(mode, key),
        )
        return await self._start(command)

    async def start_tick(self, resource: Resource, sync_id: str, tick_at: int) -> SyncState:
        """Start the sync of a tick of the schedule."""
        fields = self._fields(resource, sync_id)
        return await self._start(StartSync(**fields, trigger=Trigger.SCHEDULE, tick_at=tick_at))

    async def fetch(
        self,
        resource: Resource,
        wanted: WantedRecord,
        key: str | None = None,
        requested_by: str | None = None,
    ) -> SyncState:
        """Fetch one person's records, alongside any sync of the whole resource."""
        sync_id = sync_id_of(self._prefix, resource, key, "record") or random_sync_id()
        requested = fingerprint(wanted, key)
        if self._view.find(sync_id) is None:
            fields = self._fields(resource, sync_id, requested_by)
            command = FetchRecords(**fields, records=(wanted,), fingerprint=requested)
            await self._publisher.send_command(command)
        return require_same(self._view.require(sync_id), requested)

    async def cancel(self, sync_id: str, requested_by: str | None = None) -> SyncState:
        """Cancel a sync that is still being fetched; abandon one that is lost."""
        sync = self._view.require(sync_id)
        if not (status := status_of(sync, self._view.now())).active:
            raise NotCancellable(f"Sync {sync_id} is not active.", sync_id)
        is_lost = self._view.is_lost(sync)
        if status is Status.RUNNING and sync.ended is not None and not is_lost:
            raise NotCancellable(f"Sync {sync_id} has already fetched everything.", sync_id)
        attempt = sync.attempt if status is not Status.REQUESTED else sync.attempt + 1
        fields = self._fields(sync.resource, sync_id, requested_by)
        await self._publisher.send_command(CancelSync(**fields, attempt=attempt))
        if is_lost:
            await self._publisher.abandon(sync)
        return sync

    async def resume(self, sync_id: str, requested_by: str | None = None) -> SyncState:
        """Start the next attempt of a failed or cancelled sync, within 24 hours of its end."""
        sync = self._view.require(sync_id)
        self._require_resumable(sync)
        issued_at = resume_issued_at(sync, self._view.now())
        fields = command_fields(sync.resource, sync_id, issued_at, requested_by)
        with self._reserved(sync.resource, sync_id):
            await self._publisher.send_command(ResumeSync(**fields, attempt=sync.attempt + 1))
        return sync

    async def resume_loading(
        self, resource: Resource, requested_by: str | None = None
    ) -> SyncState:
        """Resume the loading of a topic that the loader paused after too many rejects."""
        paused = self._view.paused(resource)
        if not paused:
            raise NothingPaused(resource)
        for sync in paused:
            fields = self._fields(resource, sync.sync_id, requested_by)
            await self._publisher.send_command(ResumeLoading(**fields))
        return paused[0]

    async def decide_removals(
        self, sync_id: str, decision: type[Decision], requested_by: str | None = None
    ) -> SyncState:
        """Send a person's decision on the rows that a sync did not see."""
        sync = self._view.require(sync_id)
        if not are_removals_held(sync):
            raise NothingHeld(f"No removals of sync {sync_id} are held.", sync_id)
        decided = open_decisions(sync, self._view.now())
        if any(type(one) is not decision for one in decided):
            raise NothingHeld(f"The opposite was already decided for sync {sync_id}.", sync_id)
        fields = self._fields(sync.resource, sync_id, requested_by)
        await self._publisher.send_command(decision(**fields))
        return sync

    async def _start(self, command: StartSync) -> SyncState:
        if self._view.find(command.sync_id) is None and not await self._is_sent(command):
            lost = self._view.lost(command.resource)
            with self._reserved(command.resource, command.sync_id, lost):
                await self._publisher.start_sync(command, lost)
        return require_same(self._view.require(command.sync_id), command.fingerprint)

    async def _is_sent(self, command: StartSync) -> bool:
        """Wait for a concurrent request with the same sync id; return whether there was one."""
        reservation = self._reservation_of(command.resource)
        if reservation is None or reservation.sync_id != command.sync_id or reservation.unconfirmed:
            return False
        if await self._view.wait_until(
            lambda: self._view.find(command.sync_id) is not None, CONFIRM_SECONDS
        ):
            return True
        raise NotConfirmed(command.sync_id)

    @contextmanager
    def _reserved(
        self, resource: Resource, sync_id: str, lost: SyncState | None = None
    ) -> Iterator[None]:
        """Reserve the resource before the first await: of concurrent requests one is accepted."""
        active = self._view.active(resource)
        if active is not None and active is not lost:
            raise SyncActive(active.sync_id)
        known = self._reservation_of(resource)
        if known is not None and known.sync_id != sync_id:
            raise NotConfirmed(known.sync_id) if known.unconfirmed else SyncActive(known.sync_id)
        reservation = _Reservation(sync_id, self._clock.now_ms() + _RESERVED_MS)
        self._reservations[resource] = reservation
        try:
            yield
        except BaseException:
            # The command may still arrive, so the resource stays reserved until it no longer can.
            reservation.unconfirmed = True
            raise
        self._reservations.pop(resource, None)

    def _reservation_of(self, resource: Resource) -> _Reservation | None:
        found = self._reservations.get(resource)
        return found if found is not None and self._clock.now_ms() < found.until else None

    def _unconfirmed(self, resource: Resource) -> str | None:
        """Return the id of an unconfirmed sync, which a request without a key asks for again."""
        found = self._reservation_of(resource)
        return found.sync_id if found is not None and found.unconfirmed else None

    def _require_resumable(self, sync: SyncState) -> None:
        now = self._view.now()
        ended = sync.ended
        if status_of(sync, now) not in {Status.FAILED, Status.CANCELLED} or ended is None:
            raise NotResumable(f"Sync {sync.sync_id} has not failed.", sync.sync_id)
        if sync.kind is not Kind.FULL:
            raise NotResumable(
                f"Sync {sync.sync_id} is of a single record: request the record again instead.",
                sync.sync_id,
            )
        if now - ended.at > RESUMABLE_MS:
            raise NotResumable(f"Sync {sync.sync_id} ended over 24 hours ago.", sync.sync_id)
        others = self._view.projection.candidates(sync.resource)
        if any(other.last_started_at > sync.last_started_at for other in others):
            raise NotResumable(f"A later sync has replaced sync {sync.sync_id}.", sync.sync_id)

    def _fields(
        self, resource: Resource, sync_id: str, requested_by: str | None = None
    ) -> dict[str, Any]:
        return command_fields(resource, sync_id, self._clock.now_ms(), requested_by)

"""What people and the schedule ask for: each accepted once, whoever asks how often."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from libs.common.clock import Clock
from libs.common.contracts.commands import (
    RESUMABLE_MS,
    ApproveRemovals,
    CancelSync,
    DiscardRemovals,
    FetchRecords,
    ResumeLoading,
    ResumeSync,
    StartSync,
    WantedRecord,
    command_fields,
)
from libs.common.contracts.enums import Kind, Mode, Trigger
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import random_sync_id, retried_sync_id
from services.gateway.commands.idempotency import fingerprint, require_same, sync_id_of
from services.gateway.commands.publisher import CONFIRM_SECONDS, CommandPublisher
from services.gateway.errors import (
    NotCancellable,
    NotCaughtUp,
    NotConfirmed,
    NothingHeld,
    NothingPaused,
    NotResumable,
    SyncActive,
    UnknownSync,
)
from services.gateway.live.live_view import LiveView
from services.gateway.projection.status import Status, are_removals_held, resume_stamp, status_of
from services.gateway.projection.sync_state import SyncState

# Longer than our producer keeps trying to deliver what it did not confirm (30 s).
_RESERVED_MS = 60_000

Decision = ApproveRemovals | DiscardRemovals
_DECISIONS: tuple[type[Decision], ...] = (ApproveRemovals, DiscardRemovals)


@dataclass(slots=True)
class _Reservation:
    """A resource is taken from before the command is sent until the view shows it."""

    sync_id: str
    until: int
    unconfirmed: bool = False


class SyncRequests:
    """Turns requests into commands; every method raises the errors of ``errors.RequestRefused``."""

    def __init__(self, prefix: str, view: LiveView, outbox: CommandPublisher, clock: Clock) -> None:
        self._prefix = prefix
        self._view = view
        self._outbox = outbox
        self._clock = clock
        self._reservations: dict[Resource, _Reservation] = {}
        self._requested_by: str | None = None

    def asked_by(self, name: str | None) -> "SyncRequests":
        """Give the same, with the same reservations, for one who asks under this name."""
        mine = copy.copy(self)
        mine._requested_by = name  # noqa: SLF001 — it is one of us
        return mine

    async def start(self, resource: Resource, mode: Mode, key: str | None = None) -> SyncState:
        """Ask for a sync over a whole resource; the same key is always the same sync."""
        named = sync_id_of(self._prefix, resource, key)
        stamps = self._stamps(resource, named or self._unconfirmed(resource) or random_sync_id())
        command = StartSync(**stamps, mode=mode, fingerprint=fingerprint(mode, key))
        return await self._start(command)

    async def start_tick(self, resource: Resource, sync_id: str, tick_at: int) -> SyncState:
        """Ask for the sync that a tick of the schedule names."""
        stamps = self._stamps(resource, sync_id)
        return await self._start(StartSync(**stamps, trigger=Trigger.SCHEDULE, tick_at=tick_at))

    async def fetch(
        self, resource: Resource, wanted: WantedRecord, key: str | None = None
    ) -> SyncState:
        """Ask for one person's records, beside any sync of the whole resource."""
        self._require_current()
        sync_id = sync_id_of(self._prefix, resource, key, "record") or random_sync_id()
        asked = fingerprint(wanted, key)
        if self._view.find(sync_id) is None:
            stamps = self._stamps(resource, sync_id) | {"fingerprint": asked}
            await self._outbox.send(FetchRecords(**stamps, records=(wanted,)))
        return require_same(self._found(sync_id), asked)

    async def retry(
        self, resource: Resource, hemis_id: int, dead_letter_id: str, retry: int
    ) -> SyncState:
        """Ask for a dead letter's record again; the same retry is always the same sync."""
        self._require_current()
        sync_id = retried_sync_id(self._prefix, dead_letter_id, retry)
        if self._view.find(sync_id) is None:
            command = FetchRecords(
                **self._stamps(resource, sync_id),
                records=(WantedRecord(hemis_id=hemis_id),),
                trigger=Trigger.RETRY,
                dead_letter_id=dead_letter_id,
                retry=retry,
            )
            await self._outbox.send(command)
        return self._found(sync_id)

    async def cancel(self, sync_id: str) -> SyncState:
        """Ask the fetcher to stop a sync that is not fetched to the end; end one that is lost."""
        self._require_current()
        sync = self._found(sync_id)
        if not (status := status_of(sync, self._view.now())).active:
            raise NotCancellable(f"Sync {sync_id} is not active.", sync_id)
        is_lost = self._view.is_lost(sync)
        if status is Status.RUNNING and sync.ended is not None and not is_lost:
            raise NotCancellable(f"Sync {sync_id} has already fetched everything.", sync_id)
        attempt = sync.attempt if status is not Status.REQUESTED else sync.attempt + 1
        stamps = self._stamps(sync.resource, sync_id)
        await self._outbox.send(CancelSync(**stamps, attempt=attempt))
        if is_lost:
            await self._outbox.abandon(sync)
        return sync

    async def resume(self, sync_id: str) -> SyncState:
        """Ask for the next attempt of a failed or cancelled sync, within 24 hours."""
        self._require_current()
        sync = self._found(sync_id)
        self._require_resumable(sync)
        stamps = self._stamps(sync.resource, sync_id, resume_stamp(sync, self._view.now()))
        with self._reserved(sync.resource, sync_id):
            await self._outbox.send(ResumeSync(**stamps, attempt=sync.attempt + 1))
        return sync

    async def resume_loading(self, resource: Resource) -> SyncState:
        """Ask the loader to go on with a topic that it paused for too many rejects."""
        self._require_current()
        paused = self._view.paused(resource)
        if not paused:
            raise NothingPaused(resource)
        for sync in paused:
            await self._outbox.send(ResumeLoading(**self._stamps(resource, sync.sync_id)))
        return paused[0]

    async def decide_removals(self, sync_id: str, decision: type[Decision]) -> SyncState:
        """Tell the loader what a person decided on the rows that a sync did not see."""
        self._require_current()
        sync = self._found(sync_id)
        if not are_removals_held(sync):
            raise NothingHeld(f"No removals of sync {sync_id} are held.", sync_id)
        if any(self._is_open(sync, kind) for kind in _DECISIONS if kind is not decision):
            raise NothingHeld(f"The opposite was decided on sync {sync_id} already.", sync_id)
        await self._outbox.send(decision(**self._stamps(sync.resource, sync_id)))
        return sync

    def _is_open(self, sync: SyncState, kind: type[Decision]) -> bool:
        command = sync.facts.get(kind)
        return command is not None and self._view.now() < command.expires_at

    async def _start(self, command: StartSync) -> SyncState:
        self._require_current()
        if self._view.find(command.sync_id) is None and not await self._twin_sent(command):
            lost = self._view.lost(command.resource)
            with self._reserved(command.resource, command.sync_id, lost):
                await self._outbox.start(command, lost)
        return require_same(self._found(command.sync_id), command.fingerprint)

    async def _twin_sent(self, command: StartSync) -> bool:
        """Wait for a request with the same id that is on its way just now."""
        held = self._held(command.resource)
        if held is None or held.sync_id != command.sync_id or held.unconfirmed:
            return False
        if await self._view.until(
            lambda: self._view.find(command.sync_id) is not None, CONFIRM_SECONDS
        ):
            return True
        raise NotConfirmed(command.sync_id)

    @contextmanager
    def _reserved(
        self, resource: Resource, sync_id: str, lost: SyncState | None = None
    ) -> Iterator[None]:
        """Take the resource before the first await, so that of many at once one is accepted."""
        active = self._view.active(resource)
        if active is not None and active is not lost:
            raise SyncActive(active.sync_id)
        held = self._held(resource)
        if held is not None and held.sync_id != sync_id:
            raise NotConfirmed(held.sync_id) if held.unconfirmed else SyncActive(held.sync_id)
        mine = _Reservation(sync_id, self._clock.now_ms() + _RESERVED_MS)
        self._reservations[resource] = mine
        try:
            yield
        except BaseException:
            # It may still arrive: the resource stays taken until that is no longer possible.
            mine.unconfirmed = True
            raise
        self._reservations.pop(resource, None)

    def _held(self, resource: Resource) -> _Reservation | None:
        held = self._reservations.get(resource)
        return held if held is not None and self._clock.now_ms() < held.until else None

    def _unconfirmed(self, resource: Resource) -> str | None:
        """Name the sync that was asked for without a key and not confirmed: it is asked again."""
        held = self._held(resource)
        return held.sync_id if held is not None and held.unconfirmed else None

    def _require_current(self) -> None:
        if not self._view.caught_up:
            raise NotCaughtUp

    def _require_resumable(self, sync: SyncState) -> None:
        now = self._view.now()
        ended = sync.ended
        if status_of(sync, now) not in {Status.FAILED, Status.CANCELLED} or ended is None:
            raise NotResumable(f"Sync {sync.sync_id} has not failed.", sync.sync_id)
        if sync.kind is not Kind.FULL:
            raise NotResumable("A single record is asked for again, not resumed.", sync.sync_id)
        if now - ended.at > RESUMABLE_MS:
            raise NotResumable(f"Sync {sync.sync_id} ended over 24 hours ago.", sync.sync_id)
        rivals = self._view.projection.rivals(sync.resource)
        if any(rival.last_started_at > sync.last_started_at for rival in rivals):
            raise NotResumable(f"A later sync has taken {sync.sync_id}'s place.", sync.sync_id)

    def _found(self, sync_id: str) -> SyncState:
        sync = self._view.find(sync_id)
        if sync is None:
            raise UnknownSync(sync_id)
        return sync

    def _stamps(self, resource: Resource, sync_id: str, issued_at: int = 0) -> dict[str, Any]:
        issued_at = issued_at or self._clock.now_ms()
        return command_fields(resource, sync_id, issued_at, self._requested_by)

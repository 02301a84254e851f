"""The projection of a running gateway: with the current time, and ways to wait for a change."""

import asyncio
from collections.abc import Callable

from libs.common.clock import Clock
from libs.common.contracts.events import LoadingPaused
from libs.common.contracts.resources import Resource
from services.gateway.errors import UnknownSync
from services.gateway.projection.projection import Projection
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.liveness import FETCHER, LOST_AFTER_MS, silent_services, stalled_since
from services.gateway.views.snapshot import SyncSnapshot, shown_status, snapshot_of
from services.gateway.views.status import (
    Status,
    current_sync,
    is_loading_paused,
    last_moved_at,
    status_of,
)


class LiveView:
    """The follower writes it; routes, alerts and the schedule query it and wait for its changes.

    ``caught_up`` is set once the topics were read to their end. ``revision`` grows with every
    possible change, so that an answer can be cached until the next one.
    """

    def __init__(self, projection: Projection, clock: Clock) -> None:
        self.projection = projection
        self.caught_up = False
        self.revision = 0
        self._clock = clock
        self._changed = asyncio.Condition()
        self._closed = False

    def now(self) -> int:
        return self._clock.now_ms()

    def find(self, sync_id: str) -> SyncState | None:
        return self.projection.find(sync_id)

    def require(self, sync_id: str) -> SyncState:
        """Return a sync; raises UnknownSync."""
        sync = self.find(sync_id)
        if sync is None:
            raise UnknownSync(sync_id)
        return sync

    def current(self, resource: Resource) -> SyncState | None:
        return current_sync(self.projection.candidates(resource), self.now())

    def active(self, resource: Resource) -> SyncState | None:
        """Return the sync that keeps another one of this resource from starting."""
        sync = self.current(resource)
        return sync if sync is not None and status_of(sync, self.now()).active else None

    def lost(self, resource: Resource) -> SyncState | None:
        """Return the active sync if it is lost, so that another one may start."""
        sync = self.active(resource)
        return sync if sync is not None and self.is_lost(sync) else None

    def is_lost(self, sync: SyncState) -> bool:
        """Return whether an active sync had no event for ten minutes, whatever the cause.

        A sync that waits for an absent fetcher is not lost: it begins when the fetcher is back.
        """
        now = self.now()
        silence = silent_services(self.projection.heartbeats, now)
        if status_of(sync, now) is Status.REQUESTED and FETCHER in silence:
            return False
        is_stalled = shown_status(sync, now, silence) is Status.STALLED
        since = max(stalled_since(sync, silence), sync.last_event_at) if is_stalled else now
        return now - min(since, last_moved_at(sync)) >= LOST_AFTER_MS

    def snapshot(self, sync: SyncState) -> SyncSnapshot:
        now = self.now()
        silence = silent_services(self.projection.heartbeats, now)
        paused = self.paused(sync.resource)
        pause = paused[0].facts.get(LoadingPaused) if paused else None
        return snapshot_of(sync, now, silence, pause)

    def current_snapshot(self, resource: Resource) -> SyncSnapshot | None:
        sync = self.current(resource)
        return self.snapshot(sync) if sync is not None else None

    def status(self, sync: SyncState) -> Status:
        """Return the status that people see, ``stalled`` included."""
        now = self.now()
        return shown_status(sync, now, silent_services(self.projection.heartbeats, now))

    def paused(self, resource: Resource) -> list[SyncState]:
        """Return the syncs that keep the resource's topic paused until a person decides."""
        return list(filter(is_loading_paused, self.projection.that_paused(resource)))

    async def notify(self) -> None:
        """Wake everybody who waits for a change."""
        self.revision += 1
        async with self._changed:
            self._changed.notify_all()

    async def wait_until(
        self, condition: Callable[[], bool], timeout_seconds: float | None = None
    ) -> bool:
        """Wait until the condition holds, the time is over or the gateway stops.

        Returns:
            Whether the condition holds.
        """
        try:
            async with asyncio.timeout(timeout_seconds), self._changed:
                await self._changed.wait_for(lambda: condition() or self._closed)
        except TimeoutError:
            pass
        return condition()

    async def wait_for_change(self, since_revision: int, timeout_seconds: float) -> bool:
        """Wait for a change after a revision, as ``wait_until`` does."""
        return await self.wait_until(lambda: self.revision != since_revision, timeout_seconds)

    async def close(self) -> None:
        """End all waiting: the gateway stops."""
        self._closed = True
        await self.notify()

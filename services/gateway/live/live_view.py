"""The projection as a running gateway holds it: with the present time, and ways to wait for it."""

import asyncio
from collections.abc import Callable

from libs.common.clock import Clock
from libs.common.contracts.commands import Command
from libs.common.contracts.events import LoadingPaused
from libs.common.contracts.resources import Resource
from services.gateway.projection.projection import Projection
from services.gateway.projection.status import (
    Status,
    is_loading_paused,
    moved_at,
    newest,
    status_of,
)
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.liveness import FETCHER, LOST_AFTER_MS, silent_services, stalled_since
from services.gateway.views.progress import progress_of, report_of, shown_status
from services.gateway.views.schemas import Progress, Report


class LiveView:
    """Readers ask it and wait on it; the follower feeds it. ``caught_up`` after the first end.

    ``changes`` counts what may have changed, so that it need not be looked at again.
    """

    def __init__(self, projection: Projection, clock: Clock) -> None:
        self.projection = projection
        self.caught_up = False
        self.changes = 0
        self._clock = clock
        self._grown = asyncio.Condition()
        self._closed = False

    def now(self) -> int:
        return self._clock.now_ms()

    def find(self, sync_id: str) -> SyncState | None:
        return self.projection.find(sync_id)

    def newest(self, resource: Resource) -> SyncState | None:
        return newest(self.projection.rivals(resource), self.now())

    def active(self, resource: Resource) -> SyncState | None:
        """Give the sync that keeps another one of this resource from starting."""
        sync = self.newest(resource)
        return sync if sync is not None and status_of(sync, self.now()).active else None

    def lost(self, resource: Resource) -> SyncState | None:
        """Give the active sync where it has not moved for so long that it blocks nobody."""
        sync = self.active(resource)
        return sync if sync is not None and self.is_lost(sync) else None

    def is_lost(self, sync: SyncState) -> bool:
        """Tell whether nothing was heard of an active sync for ten minutes, whatever the cause.

        What waits for a fetcher that is away is not lost: it begins when there is one.
        """
        now = self.now()
        silence = silent_services(self.projection, now)
        if status_of(sync, now) is Status.REQUESTED and FETCHER in silence:
            return False
        is_stalled = shown_status(sync, now, silence) is Status.STALLED
        since = max(stalled_since(sync, silence), sync.last_at) if is_stalled else now
        return now - min(since, moved_at(sync)) >= LOST_AFTER_MS

    def progress(self, resource: Resource) -> Progress:
        now = self.now()
        silence = silent_services(self.projection, now)
        return progress_of(self.newest(resource), now, silence, self._pause(resource))

    def report(self, sync: SyncState) -> Report:
        now = self.now()
        silence = silent_services(self.projection, now)
        return report_of(sync, now, silence, self._pause(sync.resource))

    def status(self, sync: SyncState) -> Status:
        """Tell the state that people see, ``stalled`` included."""
        now = self.now()
        return shown_status(sync, now, silent_services(self.projection, now))

    def paused(self, resource: Resource) -> list[SyncState]:
        """Give the syncs for which the resource's topic is not read until a person decides."""
        return list(filter(is_loading_paused, self.projection.with_pauses(resource)))

    def _pause(self, resource: Resource) -> LoadingPaused | None:
        paused = self.paused(resource)
        return paused[0].facts.get(LoadingPaused) if paused else None

    async def take(self, command: Command, place: int) -> None:
        """Show a command as soon as Kafka has it, before it is read back."""
        self.projection.command(command, place)
        await self.announce()

    async def announce(self) -> None:
        """Wake everybody who waits: something is new."""
        self.changes += 1
        async with self._grown:
            self._grown.notify_all()

    async def until(self, settled: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until it holds, at most this long, and not beyond the stop; tell whether it does."""
        try:
            async with asyncio.timeout(seconds), self._grown:
                await self._grown.wait_for(lambda: settled() or self._closed)
        except TimeoutError:
            pass
        return settled()

    async def changed(self, since: int, seconds: float) -> bool:
        """Wait for a change after ``since`` (of ``changes``), as ``until`` does."""
        return await self.until(lambda: self.changes != since, seconds)

    async def close(self) -> None:
        """Let nobody wait any longer: the gateway stops."""
        self._closed = True
        await self.announce()

"""Sleeps from tick to tick and fires each for every scheduled resource."""

import logging
from dataclasses import dataclass
from functools import partial

from libs.common.contracts.events import TickSkipped
from libs.common.contracts.resources import SCHEDULED, Resource
from libs.common.process.lifecycle import Stop
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.errors import NotNow, SyncActive
from services.gateway.live.live_view import LiveView
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.due import Due, Misfire, due_tick, fires

logger = logging.getLogger(__name__)

# A longer sleep would miss that the system clock was set.
_MAX_SLEEP_SECONDS = 30.0
_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Turns each tick into one sync of a resource, or into an event that it was skipped.

    Every gateway may fire the same tick: the sync id is the same, so one sync starts.
    """

    schedule: Schedule
    misfire: Misfire
    view: LiveView
    requests: SyncRequests
    publisher: CommandPublisher

    async def run(self, stop: Stop) -> None:
        """Fire ticks until the stop, once the topics show which were fired already."""
        await self.view.wait_until(lambda: self.view.caught_up)
        seen: int | None = None
        while not stop.is_set():
            now = self.view.now()
            due = due_tick(self.schedule, seen, now)
            pause = _RETRY_SECONDS
            if due is None or await self._fire_due(due):
                seen = now
                pause = min(_MAX_SLEEP_SECONDS, (self.schedule.next_after(now) - now) / 1000)
            await stop.wait(pause)

    async def _fire_due(self, due: Due) -> bool:
        """Fire a tick; return whether it is done."""
        try:
            for resource in SCHEDULED:
                if fires(due, self.misfire, partial(self.has_earlier_tick, resource)):
                    await self.fire(resource, due.tick)
        except NotNow as error:
            logger.warning("HEMIS tick not fired yet: %s", error, extra={"tick": due.tick})
            return False
        return True

    def has_earlier_tick(self, resource: Resource) -> bool:
        """Return whether the topics show any tick of exactly this schedule."""
        return any(
            self.schedule.sync_id(resource, tick) == sync_id
            for sync_id, tick in self.view.projection.ticks(resource)
        )

    async def fire(self, resource: Resource, tick: int) -> None:
        """Start the tick's sync; raises NotNow if Kafka does not confirm."""
        sync_id = self.schedule.sync_id(resource, tick)
        if self.view.projection.skipped_tick(sync_id) is not None:
            return
        try:
            await self.requests.start_tick(resource, sync_id, tick)
        except SyncActive as active:
            skipped = TickSkipped(
                sync_id=sync_id,
                resource=resource,
                at=self.view.now(),
                tick_at=tick,
                reason=f"sync {active.sync_id} was still active",
            )
            await self.publisher.publish_event(skipped)

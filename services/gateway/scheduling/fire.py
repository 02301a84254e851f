"""Turns one tick into one sync of a resource, or into an event that it was skipped."""

from libs.common.contracts.events import TickSkipped
from libs.common.contracts.resources import Resource
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.errors import SyncActive
from services.gateway.live.live_view import LiveView
from services.gateway.scheduling.cron import Schedule


class TickFirer:
    """Every gateway may fire the same tick: the sync id is the same, so one sync starts."""

    def __init__(
        self,
        schedule: Schedule,
        view: LiveView,
        requests: SyncRequests,
        publisher: CommandPublisher,
    ) -> None:
        self._schedule = schedule
        self._view = view
        self._requests = requests
        self._publisher = publisher

    def has_earlier_tick(self, resource: Resource) -> bool:
        """Return whether the topics show any tick of exactly this schedule."""
        return any(
            self._schedule.sync_id(resource, tick) == sync_id
            for sync_id, tick in self._view.projection.ticks(resource)
        )

    async def fire(self, resource: Resource, tick: int) -> None:
        """Start the tick's sync; raises NotNow if Kafka does not confirm."""
        sync_id = self._schedule.sync_id(resource, tick)
        if self._view.projection.skipped_tick(sync_id) is not None:
            return
        try:
            await self._requests.start_tick(resource, sync_id, tick)
        except SyncActive as active:
            await self._publisher.publish_event(
                TickSkipped(
                    sync_id=sync_id,
                    resource=resource,
                    at=self._view.now(),
                    tick_at=tick,
                    reason=f"sync {active.sync_id} was still active",
                )
            )

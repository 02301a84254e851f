"""Turn one tick into one sync of a resource, or into the record of why not."""

from libs.common.contracts.events import TickSkipped
from libs.common.contracts.resources import Resource
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.errors import SyncActive
from services.gateway.live.live_view import LiveView
from services.gateway.scheduling.cron import Schedule


class TickFirer:
    """Every gateway may fire the same tick: its sync id is the same, and a known one is nothing."""

    def __init__(
        self, schedule: Schedule, view: LiveView, requests: SyncRequests, outbox: CommandPublisher
    ) -> None:
        self._schedule = schedule
        self._view = view
        self._requests = requests
        self._outbox = outbox

    def known_before(self, resource: Resource) -> bool:
        """Tell whether any earlier tick of this very schedule left a trace in the topics."""
        return any(
            self._schedule.sync_id(resource, tick) == sync_id
            for sync_id, tick in self._view.projection.ticks(resource)
        )

    async def fire(self, resource: Resource, tick: int) -> None:
        """Ask for the tick's sync; raises NotNow where Kafka does not confirm."""
        sync_id = self._schedule.sync_id(resource, tick)
        if self._view.projection.skipped(sync_id) is not None:
            return
        try:
            await self._requests.start_tick(resource, sync_id, tick)
        except SyncActive as active:
            await self._outbox.say(
                TickSkipped(
                    sync_id=sync_id,
                    resource=resource,
                    at=self._view.now(),
                    tick_at=tick,
                    reason=f"sync {active.sync_id} was still active",
                )
            )

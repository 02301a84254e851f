"""Sleep from tick to tick and fire the schedule for the resources that are on it."""

import logging
from functools import partial

from libs.common.contracts.resources import SCHEDULED
from libs.common.process.lifecycle import Stop
from services.gateway.errors import NotNow
from services.gateway.live.live_view import LiveView
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.due import Due, Misfire, due_tick, fires
from services.gateway.scheduling.fire import TickFirer

logger = logging.getLogger(__name__)

# A longer sleep would not notice that the clock was set.
_STEP_SECONDS = 30.0
_RETRY_SECONDS = 5.0


class Scheduler:
    """Begins once the topics are read: only then it is known which ticks were fired."""

    def __init__(
        self, schedule: Schedule, misfire: Misfire, ticks: TickFirer, view: LiveView
    ) -> None:
        self._schedule = schedule
        self._misfire = misfire
        self._ticks = ticks
        self._view = view

    async def run(self, stop: Stop) -> None:
        await self._view.until(lambda: self._view.caught_up)
        seen: int | None = None
        while not stop.is_set():
            now = self._view.now()
            due = due_tick(self._schedule, seen, now)
            pause = _RETRY_SECONDS
            if due is None or await self._fired(due):
                seen = now
                pause = min(_STEP_SECONDS, (self._schedule.next_after(now) - now) / 1000)
            await stop.wait(pause)

    async def _fired(self, due: Due) -> bool:
        """Fire; tell whether the tick is done with."""
        try:
            for resource in SCHEDULED:
                if fires(due, self._misfire, partial(self._ticks.known_before, resource)):
                    await self._ticks.fire(resource, due.tick)
        except NotNow as error:
            logger.warning("HEMIS tick waits: %s", error, extra={"tick": due.tick})
            return False
        return True

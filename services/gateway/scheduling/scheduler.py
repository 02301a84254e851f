"""Sleeps from tick to tick and fires each for every scheduled resource."""

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

# A longer sleep would miss that the system clock was set.
_MAX_SLEEP_SECONDS = 30.0
_RETRY_SECONDS = 5.0


class Scheduler:
    """Begins once the topics are read, since only they show which ticks were fired."""

    def __init__(
        self, schedule: Schedule, misfire: Misfire, firer: TickFirer, view: LiveView
    ) -> None:
        self._schedule = schedule
        self._misfire = misfire
        self._firer = firer
        self._view = view

    async def run(self, stop: Stop) -> None:
        await self._view.wait_until(lambda: self._view.caught_up)
        seen: int | None = None
        while not stop.is_set():
            now = self._view.now()
            due = due_tick(self._schedule, seen, now)
            pause = _RETRY_SECONDS
            if due is None or await self._fire(due):
                seen = now
                pause = min(_MAX_SLEEP_SECONDS, (self._schedule.next_after(now) - now) / 1000)
            await stop.wait(pause)

    async def _fire(self, due: Due) -> bool:
        """Fire a tick; return whether it is done."""
        try:
            for resource in SCHEDULED:
                if fires(due, self._misfire, partial(self._firer.has_earlier_tick, resource)):
                    await self._firer.fire(resource, due.tick)
        except NotNow as error:
            logger.warning("HEMIS tick not fired yet: %s", error, extra={"tick": due.tick})
            return False
        return True

"""Noticing that we were frozen: another fetcher may have taken over meanwhile."""

import asyncio

from libs.common.clock import Clock
from libs.common.errors import TransientError

# The group's session time-out (6 s) runs from our last heartbeat, which may have been one interval
# (2 s) before the freeze: after the rest of it the partition may be another's.
_LONGEST_FREEZE_SECONDS = 3.5
_LOOK_SECONDS = 0.5


class TenureLost(TransientError):
    """What this fetcher holds may be another's by now; begin again from the checkpoints."""


class Watch:
    """Knows when this process last ran."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.monotonic()

    def check(self) -> None:
        """Refuse to go on after a freeze.

        Raises:
            TenureLost: this process did not run for so long that the group may have dropped it.
        """
        silent_seconds = self._clock.monotonic() - self._seen
        if silent_seconds > _LONGEST_FREEZE_SECONDS:
            raise TenureLost(f"frozen for {silent_seconds:.0f} s")

    async def run(self) -> None:
        """Look at the clock until cancelled; raises TenureLost."""
        while True:
            self.check()
            self._seen = self._clock.monotonic()
            await asyncio.sleep(_LOOK_SECONDS)

"""Slowing ourselves down: one limiter for every call to HEMIS, and one turn for pages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from libs.common.clock import Clock

# HEMIS allows 10 requests in any second; ten of ours take 1.1, as the way there delays some of
# them more than others.
SPACING_SECONDS = 0.11
# HEMIS's end of a response is earlier or later than ours by what lies in the buffers between.
_MARGIN_SECONDS = 0.01


class RateLimit:
    """Keeps any two requests apart, and all of them back while HEMIS asked for it."""

    def __init__(self, clock: Clock, longest_hold_seconds: float) -> None:
        self._clock = clock
        self._longest_hold_seconds = longest_hold_seconds
        self._lock = asyncio.Lock()
        self._free_at = 0.0
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Let no call out for so long, at most for the longest hold allowed."""
        until = self._clock.monotonic() + self.bounded(seconds)
        self._held_until = max(self._held_until, until)

    def bounded(self, seconds: float) -> float:
        return min(max(seconds, 0.0), self._longest_hold_seconds)

    def held_seconds(self) -> float:
        return max(self._held_until - self._clock.monotonic(), 0.0)

    async def wait_while_held(self) -> None:
        await _sleep_until(self._clock, lambda: self._held_until)

    async def slot(self) -> None:
        """Wait until a request may be sent."""
        async with self._lock:
            await _sleep_until(self._clock, lambda: max(self._free_at, self._held_until))
            self._free_at = self._clock.monotonic() + SPACING_SECONDS


class PageTurn:
    """One page request at a time in the whole process, a pause after the answer before it.

    The resources take turns; an observer never sees two page requests closer than the pause.
    """

    def __init__(self, clock: Clock, pause_seconds: float) -> None:
        self._clock = clock
        self._pause_seconds = pause_seconds + (_MARGIN_SECONDS if pause_seconds else 0.0)
        self._lock = asyncio.Lock()
        self._free_at = 0.0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator["PageTurn"]:
        async with self._lock:
            await _sleep_until(self._clock, lambda: self._free_at)
            yield self

    def answered(self) -> None:
        """Begin the pause: the answer is here, or will not come."""
        self._free_at = self._clock.monotonic() + self._pause_seconds


async def _sleep_until(clock: Clock, due: Callable[[], float]) -> None:
    """Sleep until a monotonic time that may move while we sleep."""
    seconds = due() - clock.monotonic()
    while seconds > 0:
        await asyncio.sleep(seconds)
        seconds = due() - clock.monotonic()

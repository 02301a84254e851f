"""Limits how fast requests go to HEMIS: one limiter for all, and one turn for pages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from libs.common.clock import Clock

# HEMIS allows 10 requests a second. Ours spread over 1.1 s, as the network may bring some of them
# closer together.
SPACING_SECONDS = 0.11
# HEMIS and we see the end of a response at slightly different times, because of buffers.
_MARGIN_SECONDS = 0.01


class RateLimit:
    """Spaces requests, and holds all of them back for as long as HEMIS asks."""

    def __init__(self, clock: Clock, longest_hold_seconds: float) -> None:
        self._clock = clock
        self._longest_hold_seconds = longest_hold_seconds
        self._lock = asyncio.Lock()
        self._free_at = 0.0
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Hold all requests back for these seconds, up to the configured maximum."""
        bounded = min(max(seconds, 0.0), self._longest_hold_seconds)
        self._held_until = max(self._held_until, self._clock.monotonic() + bounded)

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
    """Lets one page request run at a time in the whole process, with a pause after each answer.

    The resources take turns. HEMIS never sees two page requests closer than the pause.
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
        """Begin the pause, because the answer is here or will not come."""
        self._free_at = self._clock.monotonic() + self._pause_seconds


async def _sleep_until(clock: Clock, due: Callable[[], float]) -> None:
    """Sleep until a monotonic time that may move while we sleep."""
    seconds = due() - clock.monotonic()
    while seconds > 0:
        await asyncio.sleep(seconds)
        seconds = due() - clock.monotonic()

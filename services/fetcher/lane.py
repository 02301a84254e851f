"""A resource's lane to HEMIS: one request at a time, its records published before the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from libs.common.clock import Clock
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.pacing import RateLimit


class Lane:
    """Whoever holds it may send one request, and publishes what it brought before letting go.

    So the log of a resource is in the order of ``ce_time``. Waits between tries are spent
    outside, where single records pass a page.
    """

    def __init__(self, clock: Clock, limit: RateLimit, last_ce_time: int) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = asyncio.Lock()
        self._last_ce_time = last_ce_time

    @asynccontextmanager
    async def held(self, while_held: Callable[[float], Awaitable[None]]) -> AsyncIterator[int]:
        """Wait for the lane and for a slot; yields the ``ce_time`` of the request.

        ``while_held`` hears for how many seconds HEMIS wants no request at all.
        """
        await self._enter(while_held)
        try:
            await self._limit.slot()
            yield self._next_ce_time()
        except HemisError as error:
            # The resource beside us must not run into the same refusal.
            self._limit.hold(error.retry_after_seconds or 0.0)
            raise
        finally:
            self._lock.release()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[int]:
        """Wait for the lane only: for what is published without asking HEMIS."""
        async with self._lock:
            yield self._next_ce_time()

    def _next_ce_time(self) -> int:
        self._last_ce_time = max(self._clock.now_ms(), self._last_ce_time + 1)
        return self._last_ce_time

    async def _enter(self, while_held: Callable[[float], Awaitable[None]]) -> None:
        """Take the lane at a time when a request is welcome."""
        while True:
            await self._lock.acquire()
            seconds = self._limit.held_seconds()
            if not seconds:
                return
            self._lock.release()
            await while_held(seconds)
            await self._limit.wait_while_held()

    async def close(self) -> None:
        """Wait for the holder, and let nobody in again."""
        await self._lock.acquire()

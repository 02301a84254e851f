"""A resource's lane to HEMIS: one request at a time, its records published before the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from libs.common.clock import Clock
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.pacing import RateLimit

# Other work waits at most this long for people; then it may send one request.
YIELD_SECONDS = 5.0


class Lane:
    """Its holder may send one request, and publishes what it brought before letting go.

    So the log of a resource is in the order of ``ce_time``. Waits between tries are spent
    outside, where single records pass a page.

    People come first: while somebody waits for a single record, everything else yields.
    """

    def __init__(self, clock: Clock, limit: RateLimit, last_ce_time: int) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = asyncio.Lock()
        self._last_ce_time = last_ce_time
        self._people = 0
        self._nobody_waits = asyncio.Event()
        self._nobody_waits.set()
        self.background = asyncio.Lock()
        """Held by one background task at a time, so that few wait for the lane."""

    @contextmanager
    def person_waiting(self) -> Iterator[None]:
        """While a person is served, all other work yields."""
        self._people += 1
        self._nobody_waits.clear()
        try:
            yield
        finally:
            self._people -= 1
            if not self._people:
                self._nobody_waits.set()

    async def yield_to_people(self) -> None:
        """Wait until no person waits, ``YIELD_SECONDS`` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(YIELD_SECONDS):
                await self._nobody_waits.wait()

    @asynccontextmanager
    async def held(
        self, while_held: Callable[[float], Awaitable[None]], *, yields: bool = False
    ) -> AsyncIterator[int]:
        """Wait for the lane and for a slot; yields the ``ce_time`` of the request.

        ``while_held`` hears for how many seconds HEMIS wants no request at all. A request that
        ``yields`` lets people pass.
        """
        await self._enter(while_held, yields=yields)
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

    async def _enter(self, while_held: Callable[[float], Awaitable[None]], *, yields: bool) -> None:
        """Take the lane at a time when a request is welcome."""
        while True:
            await self._acquire(yields=yields)
            seconds = self._limit.held_seconds()
            if not seconds:
                return
            self._lock.release()
            await while_held(seconds)
            await self._limit.wait_while_held()

    async def _acquire(self, *, yields: bool) -> None:
        await self._lock.acquire()
        until = asyncio.get_running_loop().time() + YIELD_SECONDS
        while yields and self._people and asyncio.get_running_loop().time() < until:
            # A person who came while we waited is behind us in the queue: let them go first.
            self._lock.release()
            await self.yield_to_people()
            await self._lock.acquire()

    async def close(self) -> None:
        """Wait for the holder, and let nobody in again."""
        await self._lock.acquire()

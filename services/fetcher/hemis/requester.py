"""A resource's lane to HEMIS: one request at a time, its records published before the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from libs.common.clock import Clock
from libs.common.contracts.resources import Resource
from services.fetcher.hemis.errors import HemisError, HemisRateLimited
from services.fetcher.hemis.ports import Hemis
from services.fetcher.hemis.rate_limit import PageTurn, RateLimit
from services.fetcher.hemis.retry import RetryPolicy

# Other work waits at most this long for people; then it may send one request.
YIELD_SECONDS = 5.0


class RequestLock:
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


A = TypeVar("A")
R = TypeVar("R")


class WaitListener(Protocol):
    """Hears of waits before they begin."""

    async def before_retry(self, error: HemisError, seconds: float) -> None: ...

    async def while_held(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What all requests of the process share."""

    limit: RateLimit
    turn: PageTurn
    retries: RetryPolicy


class Requester:
    """One resource's way to HEMIS.

    ``keep`` gets the answer and its ``ce_time`` and publishes it before the lane is free again.
    Each try takes the lane anew, so that single records pass a page that waits.
    """

    def __init__(
        self, resource: Resource, hemis: Hemis, pacing: RequestPolicy, lane: RequestLock
    ) -> None:
        self.resource = resource
        self.hemis = hemis
        self._pacing = pacing
        self.lane = lane
        self._yields = True

    def for_people(self) -> "Requester":
        """Return a line for a person's request, which yields to nobody."""
        line = Requester(self.resource, self.hemis, self._pacing, self.lane)
        line._yields = False
        return line

    async def page(
        self,
        ask: Callable[[], Awaitable[A]],
        keep: Callable[[A, int], Awaitable[R]],
        waiting: WaitListener,
    ) -> R:
        """Ask for a page: no sooner than the pause after the page before it.

        Raises:
            HemisError: HEMIS did not give it, in all tries.
        """

        async def attempt() -> R:
            if self._yields:
                # Before the turn is taken, as a person's request may need it too.
                await self.lane.yield_to_people()
            async with (
                self._pacing.turn.taken() as turn,
                self.lane.held(waiting.while_held) as ce_time,
            ):
                try:
                    answer = await ask()
                finally:
                    turn.answered()
                return await keep(answer, ce_time)

        return await self._try(attempt, waiting)

    async def record(
        self,
        ask: Callable[[], Awaitable[A]],
        keep: Callable[[A, int], Awaitable[R]],
        waiting: WaitListener,
    ) -> R:
        """Ask for a single record: at once, between two pages; raises as ``page``."""

        async def attempt() -> R:
            held = self.lane.held(waiting.while_held, yields=self._yields)
            async with held as ce_time:
                return await keep(await ask(), ce_time)

        return await self._try(attempt, waiting)

    async def _try(self, attempt: Callable[[], Awaitable[R]], waiting: WaitListener) -> R:
        async def before_retry(error: HemisError, seconds: float) -> None:
            if isinstance(error, HemisRateLimited):
                # Where HEMIS did not say for how long, nobody may ask before we do.
                self._pacing.limit.hold(seconds)
            await waiting.before_retry(error, seconds)

        return await self._pacing.retries.run(attempt, before_retry)

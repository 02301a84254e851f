"""Sends requests to HEMIS: one at a time per resource, its records published before the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from libs.common.clock import Clock
from libs.common.contracts.resources import Resource
from services.fetcher.hemis.errors import HemisError, HemisRateLimited
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import Hemis, ListQuery, StudentCard
from services.fetcher.hemis.rate_limit import PageTurn, RateLimit
from services.fetcher.hemis.retry import RetryPolicy

# Other work waits for people at most this long; then it may send one request.
YIELD_SECONDS = 5.0

OnHold = Callable[[float], Awaitable[None]]
"""Called with the seconds for which HEMIS wants no request at all."""


class RequestLock:
    """Lets one task send a request and publish its records before the next one may.

    So the log of a resource is in the order of ``ce_time``. Waits between tries are spent without
    the lock, so that a single record can overtake a page.

    While a person waits for a single record, everything else yields.
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
        """Held by one background task at a time, so that few tasks wait for the lock."""

    @contextmanager
    def person_waiting(self) -> Iterator[None]:
        """Let all other work yield until this context ends."""
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
    async def held(self, on_hold: OnHold, *, yields: bool = False) -> AsyncIterator[int]:
        """Wait for the lock and for the rate limit; yield the ``ce_time`` of the request.

        A request that ``yields`` lets people's requests go first.
        """
        await self._enter(on_hold, yields=yields)
        try:
            await self._limit.slot()
            yield self._next_ce_time()
        except HemisError as error:
            # Requests for other resources must wait too.
            self._limit.hold(error.retry_after_seconds or 0.0)
            raise
        finally:
            self._lock.release()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[int]:
        """Wait for the lock only, to publish without a request; yield the ``ce_time``."""
        async with self._lock:
            yield self._next_ce_time()

    def _next_ce_time(self) -> int:
        self._last_ce_time = max(self._clock.now_ms(), self._last_ce_time + 1)
        return self._last_ce_time

    async def _enter(self, on_hold: OnHold, *, yields: bool) -> None:
        """Take the lock at a time when HEMIS accepts requests."""
        while True:
            await self._acquire(yields=yields)
            seconds = self._limit.held_seconds()
            if not seconds:
                return
            self._lock.release()
            await on_hold(seconds)
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
        """Wait for the holder, and let no task in again."""
        await self._lock.acquire()


R = TypeVar("R")
Keep = Callable[[Page, int], Awaitable[R]]
"""Gets the page and its ``ce_time``, and publishes its records while the lock is held."""


class WaitListener(Protocol):
    """Is told of waits before they begin."""

    async def before_retry(self, error: HemisError, seconds: float) -> None: ...

    async def on_hold(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What all requests of the process share."""

    limit: RateLimit
    turn: PageTurn
    retries: RetryPolicy


@dataclass(frozen=True, slots=True)
class Requester:
    """Sends the requests for one resource, with retries.

    Each try takes the lock anew, so that a single record can overtake a page that waits.
    """

    resource: Resource
    hemis: Hemis
    policy: RequestPolicy
    lock: RequestLock
    yields: bool = True
    """Whether its requests let those of people go first."""

    async def page(self, query: ListQuery, keep: Keep[R], waits: WaitListener) -> R:
        """Request a page, after the pause that follows the page before it.

        Raises:
            HemisError: HEMIS did not give it, in all tries.
        """

        async def attempt() -> R:
            if self.yields:
                # Before the turn is taken, as a person's request may need it too.
                await self.lock.yield_to_people()
            async with (
                self.policy.turn.taken() as turn,
                self.lock.held(waits.on_hold) as ce_time,
            ):
                try:
                    page = await self.hemis.list_page(query)
                finally:
                    turn.answered()
                return await keep(page, ce_time)

        return await self._with_retries(attempt, waits)

    async def search(self, query: ListQuery, keep: Keep[R], waits: WaitListener) -> R:
        """Request a page at once, without the pause; raises as ``page``."""

        async def attempt() -> R:
            async with self.lock.held(waits.on_hold, yields=self.yields) as ce_time:
                return await keep(await self.hemis.list_page(query), ce_time)

        return await self._with_retries(attempt, waits)

    async def student_card(
        self, address: str, hemis_id: int, waits: WaitListener
    ) -> StudentCard | None:
        """Request number and name of a student; None if HEMIS has no such id; raises as above."""

        async def attempt() -> StudentCard | None:
            async with self.lock.held(waits.on_hold, yields=self.yields):
                return await self.hemis.student_card(address, hemis_id)

        return await self._with_retries(attempt, waits)

    async def _with_retries(self, attempt: Callable[[], Awaitable[R]], waits: WaitListener) -> R:
        async def before_retry(error: HemisError, seconds: float) -> None:
            if isinstance(error, HemisRateLimited):
                # Even if HEMIS did not say for how long, no other request may go first.
                self.policy.limit.hold(seconds)
            await waits.before_retry(error, seconds)

        return await self.policy.retries.run(attempt, before_retry)

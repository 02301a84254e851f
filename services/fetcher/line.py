"""Asking HEMIS for one resource: turn, lane, request, retries; the one way to a request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from libs.common.contracts.resources import Resource
from services.fetcher.hemis.errors import HemisError, HemisRateLimited
from services.fetcher.hemis.pacing import PageTurn, RateLimit
from services.fetcher.hemis.ports import Hemis
from services.fetcher.hemis.retrying import RetryPolicy
from services.fetcher.lane import Lane

A = TypeVar("A")
R = TypeVar("R")


class Waiting(Protocol):
    """Hears of waits before they begin."""

    async def before_retry(self, error: HemisError, seconds: float) -> None: ...

    async def while_held(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Pacing:
    """What all requests of the process share."""

    limit: RateLimit
    turn: PageTurn
    retries: RetryPolicy


class Line:
    """One resource's way to HEMIS.

    ``keep`` gets the answer and its ``ce_time`` and publishes it before the lane is free again.
    Each try takes the lane anew, so that single records pass a page that waits.
    """

    def __init__(self, resource: Resource, hemis: Hemis, pacing: Pacing, lane: Lane) -> None:
        self.resource = resource
        self.hemis = hemis
        self._pacing = pacing
        self.lane = lane
        self._yields = True

    def for_people(self) -> "Line":
        """Return a line for a person's request, which yields to nobody."""
        line = Line(self.resource, self.hemis, self._pacing, self.lane)
        line._yields = False
        return line

    async def page(
        self,
        ask: Callable[[], Awaitable[A]],
        keep: Callable[[A, int], Awaitable[R]],
        waiting: Waiting,
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
        waiting: Waiting,
    ) -> R:
        """Ask for a single record: at once, between two pages; raises as ``page``."""

        async def attempt() -> R:
            held = self.lane.held(waiting.while_held, yields=self._yields)
            async with held as ce_time:
                return await keep(await ask(), ce_time)

        return await self._try(attempt, waiting)

    async def _try(self, attempt: Callable[[], Awaitable[R]], waiting: Waiting) -> R:
        async def before_retry(error: HemisError, seconds: float) -> None:
            if isinstance(error, HemisRateLimited):
                # Where HEMIS did not say for how long, nobody may ask before we do.
                self._pacing.limit.hold(seconds)
            await waiting.before_retry(error, seconds)

        return await self._pacing.retries.run(attempt, before_retry)

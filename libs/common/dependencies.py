"""What a process needs from outside; every wait for it goes through here."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from libs.common.lifecycle import Stop, Stopped

logger = logging.getLogger(__name__)

OK = "ok"
NOT_YET = "not connected yet"
T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 5.0


class Dependencies:
    """States by name, shown by ``/readyz`` and in the beats."""

    def __init__(self, names: tuple[str, ...], stop: Stop) -> None:
        self._states = dict.fromkeys(names, NOT_YET)
        self._stop = stop

    def states(self) -> dict[str, str]:
        return dict(self._states)

    def ready(self) -> bool:
        return all(state == OK for state in self._states.values())

    def available(self, name: str) -> None:
        if self._states.get(name) != OK:
            logger.info("%s is available", name)
        self._states[name] = OK

    def away(self, name: str, reason: str) -> None:
        if self._states.get(name) != reason:
            logger.warning("waiting for %s: %s", name, reason)
        self._states[name] = reason

    async def wait_for(
        self, name: str, attempt: Callable[[], Awaitable[T]], *transient: type[Exception]
    ) -> T:
        """Try until it succeeds, with jittered backoff up to 5 s, for ever.

        Raises:
            Stopped: the stop came first.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(transient),
            wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT_SECONDS),
            sleep=self._sleep,
            before_sleep=lambda state: self.away(name, _reason(state)),
        )
        result: T = await retrying(attempt)
        self.available(name)
        return result

    async def _sleep(self, seconds: float) -> None:
        if await self._stop.wait(seconds):
            raise Stopped


def _reason(state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

"""Which dependencies of the process are available, and the waits for those that are not."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from libs.common.contracts.heartbeats import Finding
from libs.common.errors import HemisSyncError, SetupFault, TransientError
from libs.common.process.lifecycle import Stop, Stopped

logger = logging.getLogger(__name__)

OK = "ok"
NOT_YET = "not connected yet"
T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 5.0


class Readiness:
    """The state of each dependency, shown by ``/readyz`` and in the heartbeats."""

    def __init__(self, names: tuple[str, ...], stop: Stop) -> None:
        self._states = dict.fromkeys(names, NOT_YET)
        self._faults: dict[str, SetupFault] = {}
        # Waits that a setup fault blocks, with the dependency's name.
        self._blocked: dict[object, str] = {}
        self._stop = stop

    def states(self) -> dict[str, str]:
        return dict(self._states)

    def ready(self) -> bool:
        return all(state == OK for state in self._states.values())

    def findings(self) -> tuple[Finding, ...]:
        """Return the setup faults; the subject is the dependency's name."""
        return tuple(
            Finding(subject=name, code=fault.code, detail=fault.detail, advice=fault.advice)
            for name, fault in self._faults.items()
        )

    def available(self, name: str) -> None:
        """Note that a dependency answers; a setup fault stays while a wait is blocked by it."""
        if name in self._blocked.values():
            return
        if self._states.get(name) != OK:
            logger.info("%s is available", name)
        self._states[name] = OK
        self._faults.pop(name, None)

    def away(self, name: str, why: Exception | str) -> None:
        """Note why a dependency cannot be used; a ``SetupFault`` becomes a finding."""
        reason = why if isinstance(why, str) else _reason(why)
        if isinstance(why, SetupFault):
            self._faults[name] = why
        else:
            self._faults.pop(name, None)
        if self._states.get(name) != reason:
            logger.warning("waiting for %s: %s", name, reason)
        self._states[name] = reason

    async def wait_for(
        self, name: str, attempt: Callable[[], Awaitable[T]], *transient: type[Exception]
    ) -> T:
        """Call ``attempt`` until it succeeds, with jittered backoff up to 5 s.

        Raises:
            Stopped: the stop came first.
        """
        wait = object()

        def before_sleep(state: RetryCallState) -> None:
            error = _error(state)
            self._blocked.pop(wait, None)
            if isinstance(error, SetupFault):
                self._blocked[wait] = name
            self.away(name, error)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(transient),
            wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT_SECONDS),
            sleep=self._sleep,
            before_sleep=before_sleep,
        )
        try:
            result: T = await retrying(attempt)
        finally:
            self._blocked.pop(wait, None)
        self.available(name)
        return result

    async def _sleep(self, seconds: float) -> None:
        if await self._stop.wait(seconds):
            raise Stopped


def _error(state: RetryCallState) -> Exception:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Exception) else TransientError()


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    if isinstance(error, HemisSyncError):
        return str(error) or kind
    return f"{kind}: {error}" if str(error) else kind

"""Retries of requests to HEMIS: how many, and the wait before each."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from libs.common.errors import TransientError
from services.fetcher.hemis.errors import HemisError

T = TypeVar("T")
BeforeRetry = Callable[[HemisError, float], Awaitable[None]]
"""Called before each wait with its reason and its seconds."""

_LONGEST_BACKOFF_SECONDS = 60.0
_JITTER = 0.25


class RetryPolicy:
    """Retries with exponential backoff, and no sooner than HEMIS asks for."""

    def __init__(
        self, retries: int, base_seconds: float, longest_retry_after_seconds: float
    ) -> None:
        self._tries = retries + 1
        self._longest_retry_after_seconds = longest_retry_after_seconds
        exponential = wait_exponential(multiplier=base_seconds, max=_LONGEST_BACKOFF_SECONDS)
        self._backoff = exponential + wait_random(0, base_seconds * _JITTER)

    async def run(self, attempt: Callable[[], Awaitable[T]], before_retry: BeforeRetry) -> T:
        """Try until it succeeds or the tries are used up.

        Raises:
            HemisError: the last try's.
        """

        async def before_sleep(state: RetryCallState) -> None:
            error = _error_of(state)
            if isinstance(error, HemisError):
                await before_retry(error, state.upcoming_sleep)

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._tries),
            retry=retry_if_exception(_is_transient),
            wait=self._seconds_before_next,
            before_sleep=before_sleep,
            reraise=True,
        )
        result: T = await retrying(attempt)
        return result

    def _seconds_before_next(self, state: RetryCallState) -> float:
        backoff = self._backoff(state)
        error = _error_of(state)
        requested = error.retry_after_seconds if isinstance(error, HemisError) else None
        return max(backoff, min(requested or 0.0, self._longest_retry_after_seconds))


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, HemisError) and isinstance(error, TransientError)

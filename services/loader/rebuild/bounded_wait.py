"""A readiness whose waits have a time limit: a command reports what is away, and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from typing_extensions import override

from libs.common.errors import Unavailable
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness

T = TypeVar("T")

_TIMEOUT_SECONDS = 10.0


class BoundedReadiness(Readiness):
    """Waits ten seconds for a dependency; a service waits without a limit."""

    def __init__(
        self, names: tuple[str, ...], stop: Stop, timeout_seconds: float = _TIMEOUT_SECONDS
    ) -> None:
        super().__init__(names, stop)
        self._timeout_seconds = timeout_seconds

    @override
    async def wait_for(
        self, name: str, attempt: Callable[[], Awaitable[T]], *transient: type[Exception]
    ) -> T:
        """Try until it succeeds, or until the time is over.

        Raises:
            Unavailable: the dependency is still away.
            Stopped: the stop came first.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await super().wait_for(name, attempt, *transient)
        except TimeoutError:
            raise Unavailable(f"{name} is away: {self.states()[name]}") from None

"""A command does not wait for ever, as a service does: it says what is away and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from typing_extensions import override

from libs.common.errors import Unavailable
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness

T = TypeVar("T")

_PATIENCE_SECONDS = 10.0


class BoundedReadiness(Readiness):
    """Dependencies that are waited for a short while only."""

    def __init__(
        self, names: tuple[str, ...], stop: Stop, patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        super().__init__(names, stop)
        self._patience_seconds = patience_seconds

    @override
    async def wait_for(
        self, name: str, attempt: Callable[[], Awaitable[T]], *transient: type[Exception]
    ) -> T:
        """Try until the patience is over.

        Raises:
            Unavailable: it is still away.
            Stopped: the stop came first.
        """
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await super().wait_for(name, attempt, *transient)
        except TimeoutError:
            raise Unavailable(f"{name} is away: {self.states()[name]}") from None

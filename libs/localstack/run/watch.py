"""Waiting, during which the death of a program is noticed."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

TICK_SECONDS = 0.3


class Watched(Protocol):
    def require_running(self) -> None: ...


@dataclass(frozen=True)
class Watch:
    watched: tuple[Watched, ...]

    async def tick(self) -> None:
        """Wait a moment; raise ProgramEnded when something is no longer there."""
        for one in self.watched:
            one.require_running()
        await asyncio.sleep(TICK_SECONDS)

"""Waits, and notices when a program has ended."""

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
        """Wait a moment. Raise ProgramEnded if a program has ended."""
        for one in self.watched:
            one.require_running()
        await asyncio.sleep(TICK_SECONDS)

"""A priority queue of commands that were read and not answered yet. Pure.

People first: what a person asked for is answered before what services ask of each other. A cancel
stays behind the request that it cancels.
"""

import heapq
from enum import IntEnum
from typing import NamedTuple

from libs.common.contracts.commands import (
    CancelSync,
    ConfirmMissing,
    EraseRecord,
    FetcherCommand,
    FetchRecords,
)
from services.fetcher.checkpoints.bounds import BACKGROUND

MOST_WAITING = 10_000
"""The others wait in the topic."""


class Rank(IntEnum):
    PEOPLE = 0
    ERASURES = 1
    BACKGROUND = 2


class QueuedCommand(NamedTuple):
    rank: Rank
    offset: int
    command: FetcherCommand | None
    """None: nothing to answer, only an offset to commit."""


class CommandQueue:
    """``add`` what was read, ``take`` the next, ``done`` once answered. Offsets must only grow."""

    def __init__(self) -> None:
        self._heap: list[QueuedCommand] = []
        self._open: dict[int, QueuedCommand] = {}
        self._background: set[str] = set()
        """Sync ids of queued background requests."""
        self._next_offset = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def is_full(self) -> bool:
        return len(self._heap) >= MOST_WAITING

    @property
    def offset(self) -> int:
        """The offset to commit: every command before it was answered."""
        return next(iter(self._open), self._next_offset)

    def add(self, offset: int, command: FetcherCommand | None) -> None:
        waiting = QueuedCommand(self._rank(command), offset, command)
        heapq.heappush(self._heap, waiting)
        self._open[offset] = waiting
        self._next_offset = offset + 1
        if isinstance(command, FetchRecords) and waiting.rank is Rank.BACKGROUND:
            self._background.add(command.sync_id)

    def take(self) -> QueuedCommand | None:
        """Take the next command; it counts as unanswered until ``done``."""
        return heapq.heappop(self._heap) if self._heap else None

    def done(self, taken: QueuedCommand) -> None:
        del self._open[taken.offset]
        if taken.command is not None:
            self._background.discard(taken.command.sync_id)

    def _rank(self, command: FetcherCommand | None) -> Rank:
        match command:
            case EraseRecord():
                return Rank.ERASURES
            case ConfirmMissing():
                return Rank.BACKGROUND
            case FetchRecords():
                return Rank.BACKGROUND if command.trigger in BACKGROUND else Rank.PEOPLE
            case CancelSync():
                is_behind = command.sync_id in self._background
                return Rank.BACKGROUND if is_behind else Rank.PEOPLE
            case _:
                return Rank.PEOPLE

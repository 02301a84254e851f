"""A priority queue of commands that were read and not answered yet. Pure.

Commands of people come before those of services. A cancel stays behind the request that it cancels.
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
"""Further commands wait in the topic."""


class Priority(IntEnum):
    PEOPLE = 0
    ERASURES = 1
    BACKGROUND = 2


class QueuedCommand(NamedTuple):
    priority: Priority
    offset: int
    command: FetcherCommand | None
    """None: nothing to answer, only an offset to commit."""


class CommandQueue:
    """``add`` a command, ``take`` the next, ``done`` when answered. Offsets must only grow."""

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
        queued = QueuedCommand(self._priority_of(command), offset, command)
        heapq.heappush(self._heap, queued)
        self._open[offset] = queued
        self._next_offset = offset + 1
        if isinstance(command, FetchRecords) and queued.priority is Priority.BACKGROUND:
            self._background.add(command.sync_id)

    def take(self) -> QueuedCommand | None:
        """Take the next command; it counts as unanswered until ``done``."""
        return heapq.heappop(self._heap) if self._heap else None

    def done(self, taken: QueuedCommand) -> None:
        del self._open[taken.offset]
        if taken.command is not None:
            self._background.discard(taken.command.sync_id)

    def _priority_of(self, command: FetcherCommand | None) -> Priority:
        match command:
            case EraseRecord():
                return Priority.ERASURES
            case ConfirmMissing():
                return Priority.BACKGROUND
            case FetchRecords() if command.trigger in BACKGROUND:
                return Priority.BACKGROUND
            case CancelSync() if command.sync_id in self._background:
                return Priority.BACKGROUND
            case _:
                return Priority.PEOPLE

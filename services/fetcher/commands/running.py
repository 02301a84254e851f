"""The running tasks of a leader term: one per running sync and per open request."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from libs.common.contracts.commands import ConfirmMissing, EraseRecord
from libs.common.contracts.resources import Resource
from services.fetcher.commands.answers import Task
from services.fetcher.fetching.resource_parts import ResourceParts

Work = Coroutine[Any, Any, None]


@dataclass(frozen=True, slots=True)
class RunningTasks:
    """Starts and stops tasks by their sync id."""

    group: asyncio.TaskGroup
    resources: Mapping[Resource, ResourceParts]
    work_of: Callable[[ResourceParts, Task], Work]
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _erasing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def begin(self, task: Task) -> None:
        parts, name = self.resources[task.resource], task.sync_id
        if isinstance(task, ConfirmMissing):
            # One command at a time: the loader repeats the others.
            name = f"missing/{task.resource}"
            if name in self._running:
                return
        is_erasure = isinstance(task, EraseRecord)
        self.run(name, self._erase(parts, task) if is_erasure else self.work_of(parts, task))

    async def _erase(self, parts: ResourceParts, erasure: Task) -> None:
        """Erase one person at a time, as each erasure reads the record topic."""
        async with self._erasing:
            await parts.requester.lock.yield_to_people()
            await self.work_of(parts, erasure)

    def run(self, name: str, work: Work) -> None:
        task = self.group.create_task(work)
        self._running[name] = task
        task.add_done_callback(lambda _: self._forget(name, task))

    async def stop(self, name: str) -> None:
        """Cancel one task, and wait for its end."""
        task = self._running.get(name)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def cancel_all(self) -> None:
        for task in self._running.values():
            task.cancel()

    async def finish_requests(self, seconds: float) -> None:
        """Wait for the requests in flight, for this long at most; start no new ones."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for parts in self.resources.values():
                    await parts.requester.lock.close()

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        if self._running.get(name) is task:
            del self._running[name]

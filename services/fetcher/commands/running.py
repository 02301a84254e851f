"""The running tasks of a leader term: one per running sync and per open request."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, Protocol

from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, FetchRecords
from libs.common.contracts.resources import Resource
from services.fetcher.commands.answers import SyncTask, Task
from services.fetcher.hemis.requester import RequestLock

Work = Coroutine[Any, Any, None]


class ResourceTasks(Protocol):
    """The tasks that can run for one resource, and the lock that their requests share."""

    lock: RequestLock

    def sync_pages(self, sync: SyncCheckpoint) -> Work: ...

    def fetch_records(self, request: FetchRecords) -> Work: ...

    def confirm_missing(self, command: ConfirmMissing) -> Work: ...

    def erase_person(self, erasure: EraseRecord) -> Work: ...


class RunningTasks:
    """Starts and stops tasks by their sync id."""

    def __init__(
        self, group: asyncio.TaskGroup, resources: Mapping[Resource, ResourceTasks]
    ) -> None:
        self._group = group
        self._resources = resources
        self._running: dict[str, asyncio.Task[None]] = {}
        self._erasing = asyncio.Lock()

    def begin(self, task: Task) -> None:
        resource = self._resources[task.resource]
        match task:
            case SyncTask(sync=sync):
                self.run(sync.sync_id, resource.sync_pages(sync))
            case FetchRecords():
                self.run(task.sync_id, resource.fetch_records(task))
            case EraseRecord():
                self.run(task.sync_id, self._erase(task))
            case ConfirmMissing():
                # One command at a time: the loader repeats the others.
                name = f"missing/{task.resource}"
                if name not in self._running:
                    self.run(name, resource.confirm_missing(task))

    async def _erase(self, erasure: EraseRecord) -> None:
        """Erase one person at a time, as each erasure reads the record topic."""
        resource = self._resources[erasure.resource]
        async with self._erasing:
            await resource.lock.yield_to_people()
            await resource.erase_person(erasure)

    def run(self, name: str, work: Work) -> None:
        task = self._group.create_task(work)
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
                for resource in self._resources.values():
                    await resource.lock.close()

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        if self._running.get(name) is task:
            del self._running[name]

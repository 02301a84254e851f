"""The tasks of a tenure: one per running sync and per open request."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, FetchRecords
from libs.common.contracts.resources import Resource
from services.fetcher.commands.event_recovery import EventRecovery
from services.fetcher.context import ResourceContext
from services.fetcher.fetching.confirm_missing import MissingConfirmer
from services.fetcher.fetching.erase_person import PersonEraser
from services.fetcher.fetching.fetch_records import RecordFetcher
from services.fetcher.fetching.sync_pages import SyncPages


class RunningTasks:
    """Begins tasks and drops them; each is found again by its sync id."""

    def __init__(
        self, tasks: asyncio.TaskGroup, benches: Mapping[Resource, ResourceContext]
    ) -> None:
        self._tasks = tasks
        self._benches = benches
        self._running: dict[str, asyncio.Task[None]] = {}
        self._erasing = asyncio.Lock()

    def begin_sync(self, resource: Resource, sync: SyncCheckpoint) -> None:
        self._begin(sync.sync_id, SyncPages(self._benches[resource], sync).run())

    def begin_request(self, request: FetchRecords) -> None:
        self._begin(request.sync_id, RecordFetcher(self._benches[request.resource], request).run())

    def begin_confirming(self, command: ConfirmMissing) -> None:
        """Ask for what a sync did not see: one command at a time, the loader repeats the others."""
        name = f"missing/{command.resource}"
        if name not in self._running:
            bench = self._benches[command.resource]
            self._begin(name, MissingConfirmer(bench, command).run())

    def begin_erasing(self, erasure: EraseRecord) -> None:
        self._begin(erasure.sync_id, self._erase(erasure))

    async def _erase(self, erasure: EraseRecord) -> None:
        """Erase one person at a time, as each reads our own topic; people's requests go first."""
        bench = self._benches[erasure.resource]
        async with self._erasing:
            await bench.line.lane.yield_to_people()
            await PersonEraser(bench, erasure).run()

    def begin_event_recovery(self, recovery: EventRecovery) -> None:
        self._begin("event recovery", recovery.run())

    async def drop(self, sync_id: str) -> None:
        """Stop one task, wherever it waits."""
        task = self._running.get(sync_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def drop_all(self) -> None:
        for task in self._running.values():
            task.cancel()

    async def finish_requests(self, seconds: float) -> None:
        """Let what is on its way to HEMIS or to Kafka arrive, at most so long; begin no more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for bench in self._benches.values():
                    await bench.line.lane.close()

    def _begin(self, sync_id: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.create_task(work)
        self._running[sync_id] = task
        task.add_done_callback(lambda _: self._forget(sync_id, task))

    def _forget(self, sync_id: str, task: asyncio.Task[None]) -> None:
        if self._running.get(sync_id) is task:
            del self._running[sync_id]

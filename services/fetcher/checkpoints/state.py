"""The current checkpoint of one resource, changed one step at a time."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Checkpoint, Cursor, KnownSync, SyncCheckpoint
from libs.common.contracts.commands import EraseRecord, FetchRecords
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from services.fetcher.checkpoints.restore import RestoredCheckpoint
from services.fetcher.checkpoints.suppression import SuppressionList, extended
from services.fetcher.checkpoints.topic import CheckpointTopic
from services.fetcher.syncs import field_changes, plan

Change = Callable[[Checkpoint], Checkpoint]


class CheckpointState:
    """The current checkpoint; a change takes effect once Kafka has acknowledged it.

    Syncs, single requests and commands change different parts of it at the same time, so changes
    are functions, applied one after the other.
    """

    def __init__(self, topic: CheckpointTopic, restored: RestoredCheckpoint) -> None:
        self._topic = topic
        self._lock = asyncio.Lock()
        self.checkpoint = restored.checkpoint
        self.reads = restored.reads
        """The packed record numbers of each page that the sync has read."""
        self.suppressed = SuppressionList(self.checkpoint.suppressed)

    async def change(self, change: Change, numbers: bytes | None = None) -> None:
        """Write the changed checkpoint, and the packed record numbers of a page.

        Raises as ``FencedProducer.publish``.
        """
        async with self._lock:
            changed = change(self.checkpoint)
            await self._topic.save(changed, self.checkpoint, numbers)
            self.suppressed.replace(changed.suppressed)
            self.checkpoint = changed
            self._keep_reads(changed.sync, numbers)

    def _keep_reads(self, sync: SyncCheckpoint | None, numbers: bytes | None) -> None:
        kept = sync.reads if sync else 0
        del self.reads[kept if numbers is None else kept - 1 :]
        self.reads += [] if numbers is None else [numbers]

    @property
    def resource(self) -> Resource:
        return self.checkpoint.resource

    @property
    def running(self) -> SyncCheckpoint | None:
        """The sync that has not ended."""
        sync = self.checkpoint.sync
        return sync if sync and sync.ended is None else None

    def open_request(self, sync_id: str) -> FetchRecords | None:
        requests = self.checkpoint.open_requests
        return next((request for request in requests if request.sync_id == sync_id), None)


def with_sync(sync: SyncCheckpoint, **others: Any) -> Change:  # noqa: ANN401 — fields of Checkpoint
    return lambda checkpoint: replace(checkpoint, sync=sync, **others)


def with_decision(sync: SyncCheckpoint, decision: SyncFetched, event_offset: int = 0) -> Change:
    """Store how a sync ended, and that it is never run again.

    ``event_offset`` is that of an earlier event of this sync.
    """

    def change(checkpoint: Checkpoint) -> Checkpoint:
        shapes, changes = field_changes.judged(checkpoint.shapes, sync, decision)
        next_cursor = None
        if decision.complete:
            resource, cursor = checkpoint.resource, checkpoint.cursor
            next_cursor = plan.next_cursor(resource, sync, cursor, event_offset)
        return replace(
            checkpoint,
            sync=replace(sync, ended=decision, drift=changes),
            shapes=shapes,
            known=checkpoint.with_known_sync(_known(decision)),
            next_cursor=next_cursor,
        )

    return change


def with_cursor(next_cursor: Cursor, cursor: Cursor | None) -> Change:
    """Decide about ``next_cursor``: ``cursor`` is the valid one from now on."""
    return lambda checkpoint: (
        replace(checkpoint, cursor=cursor, next_cursor=None)
        if checkpoint.next_cursor == next_cursor
        else checkpoint
    )


def with_request(request: FetchRecords) -> Change:
    return lambda checkpoint: replace(
        checkpoint, open_requests=(*checkpoint.open_requests, request)
    )


def without_request(decision: SyncFetched) -> Change:
    """Close an open request, and store that it is never run again."""
    return lambda checkpoint: replace(
        checkpoint,
        open_requests=tuple(
            request for request in checkpoint.open_requests if request.sync_id != decision.sync_id
        ),
        known=checkpoint.with_known_sync(_known(decision)),
    )


def with_erasure(erasure: EraseRecord) -> Change:
    """Open an erasure, or replace the open one with the same id."""
    return lambda checkpoint: replace(
        checkpoint, open_erasures=(*_other_erasures(checkpoint, erasure), erasure)
    )


def with_suppressed(erasure: EraseRecord, at: int) -> Change:
    """Suppress the person whose id the erasure names."""
    return lambda checkpoint: replace(
        with_erasure(erasure)(checkpoint), suppressed=extended(checkpoint.suppressed, erasure, at)
    )


def without_erasure(erasure: EraseRecord) -> Change:
    return lambda checkpoint: replace(
        checkpoint, open_erasures=_other_erasures(checkpoint, erasure)
    )


def _other_erasures(checkpoint: Checkpoint, erasure: EraseRecord) -> tuple[EraseRecord, ...]:
    opened = checkpoint.open_erasures
    return tuple(other for other in opened if other.sync_id != erasure.sync_id)


def _known(decision: SyncFetched) -> KnownSync:
    return KnownSync(
        sync_id=decision.sync_id, attempt=decision.attempt, outcome=decision.outcome, at=decision.at
    )

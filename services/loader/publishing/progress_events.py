"""What the loader says on ``hemis.progress``: totals after a batch, the report at the end."""

from typing import Any

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import (
    ErasureLoaded,
    Event,
    LoadingPaused,
    LoadingResumed,
    RecordsLoaded,
    RemovalsCounted,
    RemovalsHeld,
    SyncFinished,
    SyncStarted,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message, Producer
from services.loader.progress.reject_limit import Rejects
from services.loader.store.removals import RemovalRow
from services.loader.store.syncs import Totals, Unannounced
from services.loader.store.undeleted import Erasure


class ProgressPublisher:
    """Publishes events; raises KafkaUnavailable. What failed is published again later."""

    def __init__(self, producer: Producer, topics: Topics, clock: Clock) -> None:
        self._producer = producer
        self._topic = topics.progress
        self._clock = clock

    async def loaded(self, sync_id: str, resource: Resource, totals: Totals) -> None:
        event = RecordsLoaded(
            sync_id=sync_id,
            resource=resource,
            at=self._clock.now_ms(),
            database_epoch=totals.epoch,
            revision=totals.revision,
            **totals.counts._asdict(),
        )
        await self._publish(event)

    async def finished(self, report: SyncFinished) -> None:
        await self._publish(report)

    async def paused(self, started: SyncStarted, rejects: Rejects, percent: float) -> None:
        event = LoadingPaused(
            sync_id=started.sync_id,
            resource=started.resource,
            at=self._clock.now_ms(),
            rejected=rejects.rejected,
            records=rejects.records,
            limit_percent=percent,
        )
        await self._publish(event)

    async def resumed(self, sync_id: str, resource: Resource) -> None:
        event = LoadingResumed(sync_id=sync_id, resource=resource, at=self._clock.now_ms())
        await self._publish(event)

    async def removals(self, row: RemovalRow) -> None:
        """Publish the state of a sync's removals; for held ones an event of its own too."""
        common: dict[str, Any] = {
            "sync_id": row.sync_id,
            "resource": row.resource,
            "at": self._clock.now_ms(),
        }
        if row.state is RemovalState.HELD:
            await self._publish(RemovalsHeld(**common, missing=row.missing, limit=row.allowed))
        await self._publish(
            RemovalsCounted(
                **common,
                database_epoch=row.epoch,
                revision=row.revision,
                state=row.state,
                missing=row.missing,
                vacated=row.vacated,
                limit=row.allowed,
                removed=row.removed,
                undecided=row.undecided,
            )
        )

    async def erased(self, erasure: Erasure) -> None:
        """Publish that no row of a person is left, or why one is."""
        event = ErasureLoaded(
            sync_id=erasure.sync_id,
            resource=erasure.resource,
            at=self._clock.now_ms(),
            reason=erasure.reason,
        )
        await self._publish(event)

    async def again(self, row: Unannounced) -> None:
        """Publish the report, or the totals, of a row."""
        if row.report is not None:
            await self.finished(row.report)
        else:
            await self.loaded(row.sync_id, row.resource, row.totals)

    async def _publish(self, event: Event) -> None:
        await self._producer.publish([Message(self._topic, event.sync_id, encode(event))])

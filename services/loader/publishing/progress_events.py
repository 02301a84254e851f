"""Publishes the loader's events on ``hemis.progress``."""

from typing import Any

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.enums import FieldChange, RemovalState
from libs.common.contracts.events import (
    ErasureLoaded,
    Event,
    LoadingPaused,
    LoadingResumed,
    RecordsLoaded,
    RemovalsCounted,
    RemovalsHeld,
    SourceDrifted,
    SyncFinished,
    SyncStarted,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message, Producer
from services.loader.progress.reject_limit import Rejects
from services.loader.records.unknown_fields import UnknownFields
from services.loader.store.removals.states import RemovalRow
from services.loader.store.removals.undeleted import Erasure
from services.loader.store.syncs import Totals


class ProgressPublisher:
    """Publishes events; raises KafkaUnavailable."""

    def __init__(self, producer: Producer, topics: Topics, clock: Clock) -> None:
        self._producer = producer
        self._topic = topics.progress
        self._clock = clock

    async def loaded(self, sync_id: str, resource: Resource, totals: Totals) -> None:
        """Publish the totals of a running sync."""
        event = RecordsLoaded(
            **self._common(sync_id, resource),
            database_epoch=totals.epoch,
            revision=totals.revision,
            **totals.counts._asdict(),
        )
        await self._publish(event)

    async def finished(self, report: SyncFinished) -> None:
        await self._publish(report)

    async def paused(self, started: SyncStarted, rejects: Rejects, percent: float) -> None:
        event = LoadingPaused(
            **self._common(started.sync_id, started.resource),
            rejected=rejects.rejected,
            records=rejects.records,
            limit_percent=percent,
        )
        await self._publish(event)

    async def resumed(self, sync_id: str, resource: Resource) -> None:
        await self._publish(LoadingResumed(**self._common(sync_id, resource)))

    async def removals(self, row: RemovalRow) -> None:
        """Publish the state of a sync's removals; for held ones an event of its own too."""
        common = self._common(row.sync_id, row.resource)
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
        """Publish that no row of a person is left, or why PostgreSQL keeps one."""
        common = self._common(erasure.sync_id, erasure.resource)
        await self._publish(ErasureLoaded(**common, reason=erasure.reason))

    async def unknown_fields(self, found: UnknownFields) -> None:
        """Publish the names of a sync's unknown fields."""
        common = self._common(found.sync_id, found.resource)
        event = SourceDrifted(**common, fields=found.fields, change=FieldChange.UNKNOWN)
        await self._publish(event)

    def _common(self, sync_id: str, resource: Resource) -> dict[str, Any]:
        return {"sync_id": sync_id, "resource": resource, "at": self._clock.now_ms()}

    async def _publish(self, event: Event) -> None:
        await self._producer.publish([Message(self._topic, event.sync_id, encode(event))])

"""Plans a sync: full, or incremental from the cursor of the last complete sync."""

import logging
from dataclasses import dataclass
from functools import partial

from libs.common.contracts.checkpoints import Cursor
from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.enums import Mode
from libs.common.contracts.events import EVENTS, SyncFinished
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Broker, Partition, Record
from libs.common.process.readiness import Readiness
from services.fetcher.checkpoints.state import CheckpointState, with_cursor
from services.fetcher.publishing.record_topic import RecordTopic
from services.fetcher.syncs.plan import Plan, Scopes, planned

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SyncPlanner:
    """Plans the syncs of one resource; waits while Kafka is away, and raises Stopped."""

    state: CheckpointState
    record_topic: RecordTopic
    scopes: Scopes
    broker: Broker
    readiness: Readiness
    progress_topic: str

    async def plan(self, mode: Mode) -> Plan:
        resource = self.state.resource
        full = self.scopes.full(resource)
        # Also before a full sync, whose own cursor would replace one that was never decided.
        cursor = await self._decided_cursor()
        if mode is Mode.FULL:
            return Plan(mode, full)
        if cursor and not await self.record_topic.still_holds(cursor):
            # The new topic lacks every record that has not changed since.
            logger.warning("HEMIS %s topic was made anew: its cursor is gone", resource)
            cursor = None
        return planned(resource, full, cursor)

    async def _decided_cursor(self) -> Cursor | None:
        """Return the cursor of the last sync that the loader reported as complete."""
        checkpoint = self.state.checkpoint
        candidate = checkpoint.next_cursor
        if candidate is None:
            return checkpoint.cursor
        find = partial(self._find_report, candidate.sync_id, candidate.said_at)
        report = await self.readiness.wait_for(KAFKA, find, KafkaUnavailable)
        if report is None:
            return checkpoint.cursor
        cursor = candidate if report.complete else checkpoint.cursor
        await self.state.change(with_cursor(candidate, cursor))
        return cursor

    async def _find_report(self, sync_id: str, offset: int) -> SyncFinished | None:
        """Return the loader's report of a sync, if it is at this offset or later."""
        async with self.broker.log_reader({Partition(self.progress_topic, 0): offset}) as reader:
            async for records in read_to_end(reader):
                for record in records:
                    report = _report_in(record)
                    if report is not None and report.sync_id == sync_id:
                        return report
        return None


def _report_in(record: Record) -> SyncFinished | None:
    try:
        event = EVENTS.decode(record.value or b"")
    except MalformedMessage:
        return None
    return event if isinstance(event, SyncFinished) else None

"""The cursor of incremental syncs: the loader has the last word on whether a sync was complete."""

import logging
from functools import partial

from libs.common.contracts.checkpoints import Cursor
from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS, SyncFinished
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Broker, Partition, Record
from services.fetcher.checkpoints.state import with_cursor
from services.fetcher.context import ResourceContext
from services.fetcher.fetching.same_topic import is_same_topic


async def report_of(
    broker: Broker, topics: Topics, sync_id: str, offset: int
) -> SyncFinished | None:
    """Look for the report, from an offset on; None where there is none yet.

    Raises:
        KafkaUnavailable: the topic could not be read to its end.
    """
    async with broker.log_reader({Partition(topics.progress, 0): offset}) as reader:
        async for records in read_to_end(reader):
            for record in records:
                report = _report(record)
                if report is not None and report.sync_id == sync_id:
                    return report
    return None


def _report(record: Record) -> SyncFinished | None:
    try:
        event = EVENTS.decode(record.value or b"")
    except MalformedMessage:
        return None
    return event if isinstance(event, SyncFinished) else None


logger = logging.getLogger(__name__)


async def settled_cursor(bench: ResourceContext) -> Cursor | None:
    """Return the cursor of the last complete sync; None before any.

    A sync that is not reported yet does not move it, nor one that was not complete.
    """
    checkpoint = bench.memory.checkpoint
    waiting = checkpoint.next_cursor
    if waiting is None:
        return checkpoint.cursor
    look_up = partial(
        report_of, bench.broker, bench.outbox.topics, waiting.sync_id, waiting.said_at
    )
    report = await bench.readiness.wait_for(KAFKA, look_up, KafkaUnavailable)
    if report is None:
        return checkpoint.cursor
    cursor = waiting if report.complete else checkpoint.cursor
    await bench.memory.change(with_cursor(waiting, cursor))
    return cursor


async def holds(bench: ResourceContext, cursor: Cursor) -> bool:
    """Tell whether the records of the cursor's sync are still in the topic.

    One that was made anew lacks everybody who did not change since.
    """
    if await is_same_topic(bench, cursor):
        return True
    logger.warning("HEMIS %s topic was made anew: its cursor is gone", bench.resource)
    return False

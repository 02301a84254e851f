"""Tells whether the record topic is still the one that records were published to."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from libs.common.contracts.checkpoints import Cursor, LastRecord, SyncCheckpoint
from libs.common.contracts.times import moment
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.ports import Bounds, Broker, Partition, Record
from libs.common.kafka.same_log import LogEnd, is_same_log
from services.fetcher.context import ResourceContext
from services.fetcher.publishing.last_records import last_record


async def is_same_topic(bench: ResourceContext, known: Cursor | SyncCheckpoint) -> bool:
    """Tell whether the records that were published then are still in the topic.

    Raises as ``Dependencies.wait_for``.
    """
    topic = bench.outbox.topics.records(bench.resource)
    ends = {Partition(topic, int(number)): end for number, end in known.end_offsets.items()}
    if not ends:
        return True
    look_up = partial(_are_same, bench.broker, ends, known.last_records)
    return await bench.readiness.wait_for(KAFKA, look_up, KafkaUnavailable)


async def _are_same(
    broker: Broker, ends: Mapping[Partition, int], last: Mapping[str, LastRecord]
) -> bool:
    async with broker.log_reader(dict.fromkeys(ends)) as reader:
        bounds = await reader.bounds()
    for place, end in ends.items():
        record = last.get(str(place.partition))
        if not await _is_same(broker, place, bounds[place], end, record):
            return False
    return True


async def _is_same(
    broker: Broker, place: Partition, bounds: Bounds, end: int, last: LastRecord | None
) -> bool:
    if last is None:
        # Written by an older version, which remembered only the offset.
        return bounds.end >= end
    known = LogEnd(end, last.mark, moment(last.ce_time))
    return await is_same_log(broker, place, known, bounds, _describe)


def _describe(record: Record) -> tuple[str, datetime]:
    last = last_record(record.key or b"", record.headers)
    return last.mark, moment(last.ce_time)

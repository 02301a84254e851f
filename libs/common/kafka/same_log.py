"""Whether a log is still the one that is remembered: one made anew has offsets, too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from libs.common.kafka.ports import Bounds, Broker, LogReader, Partition, Record

Describe = Callable[[Record], tuple[str, datetime]]
"""Gives the fingerprint of a record, and when its request was sent."""


@dataclass(frozen=True, slots=True)
class LogEnd:
    """How far a log was read or written, and the last record there."""

    next_offset: int
    fingerprint: str
    newest: datetime | None
    """The newest time of all records before ``next_offset``."""


async def is_same_log(
    broker: Broker, partition: Partition, known: LogEnd, bounds: Bounds, describe: Describe
) -> bool:
    """Tell whether this log still is the one whose end is known; compaction does not change it.

    Raises:
        KafkaUnavailable: the log could not be looked at.
    """
    last = known.next_offset - 1
    if bounds.end < known.next_offset or bounds.first > known.next_offset:
        return False
    found = await _record_at(broker, partition, max(last, bounds.first), bounds.end)
    if found is not None and found.offset == last:
        return describe(found)[0] == known.fingerprint
    if known.newest is None:
        return True
    # The last one was compacted away: what follows it cannot be older, nor what precedes it newer.
    if found is not None and describe(found)[1] < known.newest:
        return False
    first = await _record_at(broker, partition, bounds.first, last)
    return first is None or first.offset > last or describe(first)[1] <= known.newest


async def _record_at(broker: Broker, partition: Partition, start: int, end: int) -> Record | None:
    async with broker.log_reader({partition: start}) as reader:
        return await first_record(reader, partition, end)


async def first_record(reader: LogReader, partition: Partition, end: int) -> Record | None:
    """Read the next record there is; None where the reader stands at ``end``.

    Raises:
        KafkaUnavailable: the log could not be read.
    """
    while await reader.position(partition) < end:
        for record in await reader.poll(0.2):
            return record
    return None

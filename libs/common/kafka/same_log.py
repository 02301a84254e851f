"""Tells a log that was read or written before from one that was created again since then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from libs.common.kafka.ports import Bounds, Broker, LogReader, Partition, Record

Describe = Callable[[Record], tuple[str, datetime]]
"""Returns a record's fingerprint, and when its request was sent."""


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
    """Tell whether this is still the log with the known end, also after compaction.

    Raises:
        KafkaUnavailable: the log could not be read.
    """
    last = known.next_offset - 1
    if bounds.end < known.next_offset or bounds.first > known.next_offset:
        return False
    found = await _record_at(broker, partition, max(last, bounds.first), bounds.end)
    if found is not None and found.offset == last:
        return describe(found)[0] == known.fingerprint
    if known.newest is None:
        return True
    # That record was compacted away: a later record must not be older, an earlier one not newer.
    if found is not None and describe(found)[1] < known.newest:
        return False
    first = await _record_at(broker, partition, bounds.first, last)
    return first is None or first.offset > last or describe(first)[1] <= known.newest


async def _record_at(broker: Broker, partition: Partition, start: int, end: int) -> Record | None:
    async with broker.log_reader({partition: start}) as reader:
        return await first_record(reader, partition, end)


async def first_record(reader: LogReader, partition: Partition, end: int) -> Record | None:
    """Read the next record; None if there is none before ``end``.

    Raises:
        KafkaUnavailable: the log could not be read.
    """
    while await reader.position(partition) < end:
        for record in await reader.poll(0.2):
            return record
    return None

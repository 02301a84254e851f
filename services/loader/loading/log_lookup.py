"""Reads the log itself: is it the one that was loaded, and what does it hold at an offset."""

from datetime import datetime

from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Bounds, Broker, Partition, Record
from libs.common.kafka.same_log import LogEnd, is_same_log
from services.loader.records.incoming import IncomingRecord, fingerprint, time_of
from services.loader.store.offsets import OffsetRow


async def read_value(broker: Broker, record: IncomingRecord) -> bytes | None:
    """Read a record's value again; None if compaction has removed it."""
    async with broker.log_reader({record.partition: record.offset}) as reader:
        async for records in read_to_end(reader):
            for found in records:
                return found.value if found.offset == record.offset else None
    return None


async def is_loaded_log(
    broker: Broker, partition: Partition, row: OffsetRow, bounds: Bounds
) -> bool:
    """Tell whether this is the log that was loaded up to ``row.next_offset``.

    A recreated topic may have the same offsets, so the last loaded record is compared too.

    Raises:
        KafkaUnavailable: the log could not be read.
    """
    if row.last_record is None:
        return row.next_offset == bounds.first
    known = LogEnd(row.next_offset, row.last_record, row.newest)
    return await is_same_log(broker, partition, known, bounds, _describe)


def _describe(record: Record) -> tuple[str, datetime]:
    return fingerprint(record), time_of(record)

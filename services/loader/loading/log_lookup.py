"""Tells whether a log is still the one that was loaded."""

from datetime import datetime

from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Bounds, Broker, Partition, Record
from libs.common.kafka.same_log import LogEnd, is_same_log
from services.loader.records.incoming import IncomingRecord, fingerprint, time_of
from services.loader.store.offsets import OffsetRow


async def bytes_of(broker: Broker, record: IncomingRecord) -> bytes | None:
    """Read a record's bytes again; None when a newer one of its key has replaced it."""
    async with broker.log_reader({record.partition: record.offset}) as reader:
        async for found in read_to_end(reader):
            for stored in found:
                return stored.value if stored.offset == record.offset else None
    return None


class LogLookup:
    """Looks at the log itself: a topic made anew has offsets like any other."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def holds(self, partition: Partition, row: OffsetRow, bounds: Bounds) -> bool:
        """Tell whether the log may be read on from ``row.next_offset``.

        Raises:
            KafkaUnavailable: the log could not be looked at.
        """
        if row.last_record is None:
            return row.next_offset == bounds.first
        known = LogEnd(row.next_offset, row.last_record, row.newest)
        return await is_same_log(self._broker, partition, known, bounds, _describe)


def _describe(record: Record) -> tuple[str, datetime]:
    return fingerprint(record), time_of(record)

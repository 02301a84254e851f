"""Whether a log still is the one that was loaded (architecture §4.2)."""

from libs.common.kafka.ports import Bounds, Broker, Partition, Record
from services.loader.incoming import fingerprint, time_of
from services.loader.store.offsets import OffsetRow


class Continuity:
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
        if bounds.end < row.next_offset or bounds.first > row.next_offset:
            return False
        found = await self._record_at(partition, row.next_offset - 1, bounds)
        if found is None:
            return True
        if found.offset == row.next_offset - 1:
            return fingerprint(found) == row.last_record
        # The last one was compacted away: what follows it cannot be older.
        return row.newest is None or time_of(found) >= row.newest

    async def _record_at(self, partition: Partition, offset: int, bounds: Bounds) -> Record | None:
        """Read the record at this offset or the next one there is; None at the log's end."""
        start = max(offset, bounds.first)
        async with self._broker.log_reader({partition: start}) as reader:
            while await reader.position(partition) < bounds.end:
                for record in await reader.poll(0.2):
                    return record
        return None

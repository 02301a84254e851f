"""What the loader reported of a sync: it judges whether all that was fetched is in the tables."""

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS, SyncFinished
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Broker, Partition, Record
from libs.common.kafka.reader import read_to_end


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

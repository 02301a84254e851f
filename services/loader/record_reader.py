"""Reads records by the table of their topic."""

from collections.abc import Mapping

from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Broker, Record
from libs.common.kafka.reader import read_to_end
from services.loader.incoming import Incoming, read_record
from services.loader.resources.tables import Table


class RecordReader:
    """Knows which resource, and so which mapping, a topic's records are of."""

    def __init__(self, topics: Topics, tables: Mapping[Resource, Table]) -> None:
        self._tables = {
            topics.records(resource): (resource, table) for resource, table in tables.items()
        }

    def read(self, record: Record) -> Incoming:
        resource, table = self._tables[record.topic]
        return read_record(record, resource, table)


async def bytes_of(broker: Broker, record: Incoming) -> bytes | None:
    """Read a record's bytes again; None when a newer one of its key has replaced it."""
    async with broker.log_reader({record.partition: record.offset}) as reader:
        async for found in read_to_end(reader):
            for stored in found:
                return stored.value if stored.offset == record.offset else None
    return None

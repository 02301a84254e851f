"""Reads Kafka records with the table of their topic."""

from collections.abc import Mapping

from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Record
from services.loader.mapping.table import Table
from services.loader.records.incoming import IncomingRecord, read_record


class RecordReader:
    """Looks up the resource and the table of a record by its topic."""

    def __init__(self, topics: Topics, tables: Mapping[Resource, Table]) -> None:
        self._tables = {
            topics.records(resource): (resource, table) for resource, table in tables.items()
        }

    def read(self, record: Record) -> IncomingRecord:
        resource, table = self._tables[record.topic]
        return read_record(record, resource, table)

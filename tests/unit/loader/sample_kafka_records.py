"""A Kafka record, and what the loader reads of it."""

from zoneinfo import ZoneInfo

from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from services.loader.mapping.tables import tables
from services.loader.records.incoming import IncomingRecord, read_record

TABLES = tables(ZoneInfo("Asia/Tashkent"))
ANY = Resource.STUDENTS


class LoggedRecord:
    """A record of the log, of this value."""

    partition = 0
    offset = 0

    def __init__(self, resource: Resource, value: bytes, key: str) -> None:
        origin = RecordOrigin(
            resource=resource, sync_id="s", page=1, place=0, source="x", ce_time=1500
        )
        self.topic = f"t.{resource}"
        self.key = key.encode()
        self.value = value
        self.headers = record_headers(origin, key, value)


def read(value: bytes, resource: Resource = ANY, key: str = "1") -> IncomingRecord:
    incoming = read_record(LoggedRecord(resource, value, key), resource, TABLES[resource])
    incoming.read_row()
    return incoming

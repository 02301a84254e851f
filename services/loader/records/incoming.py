"""Reads a Kafka record into what the loader works with. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.records import ERASED, content_hash, split_key, usable_id
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import EPOCH
from libs.common.kafka.ports import Partition, Record
from services.loader.errors import ENCODING_ERRORS, RecordRefused, encoding
from services.loader.mapping import copy_format
from services.loader.mapping.exact_json import Json, decode
from services.loader.mapping.table import RowKey, Table

HEADER_POSITIONS = {"ce_id": 1, "ce_time": 5, "sync_id": 7, "content_hash": 9}
"""Where the fetcher writes each header; a header elsewhere is looked up by name."""


class IncomingRecord(msgspec.Struct, gc=False):
    """One record; its value is decoded and mapped only when its row is needed.

    Most records of a nightly sync need no row, since the table already holds their content.
    """

    resource: Resource
    table: Table
    partition: Partition
    offset: int
    key: str
    row_key: RowKey
    sync_id: str
    fetched_at: datetime
    content_hash: str
    identity: tuple[bytes, bytes]
    """The headers ``ce_id`` and ``content_hash``."""
    is_tombstone: bool
    value: bytes | None
    is_erasure: bool = False
    """A tombstone after which nothing of the person is kept, whatever the policy."""
    row: bytes | None = None
    """The row in COPY's binary format, once the value was read."""
    refused: RecordRefused | None = None
    has_dead_letter: bool = False
    unknown_fields: frozenset[str] = frozenset()
    """Names of fields that the mapping does not know; their values are in ``extra``."""
    replaced_nuls: int = 0

    @property
    def dead_letter_id(self) -> str:
        return f"{self.partition.topic}-{self.partition.partition}-{self.offset}"

    @property
    def fingerprint(self) -> str:
        """Distinguishes this record from another one at the same offset of a recreated topic."""
        return _fingerprint(self.key, self.identity)

    def read_row(self) -> bool:
        """Make ``row`` of the value, once; tell whether the record can be loaded."""
        if self.row is None and self.refused is None and self.value is not None:
            try:
                self.row = _row(self, self.value, self.table)
                # Frees memory: a dead letter reads the value from the topic again.
                self.value = None
            except RecordRefused as refused:
                self.refused = refused
        return self.refused is None


def read_record(record: Record, resource: Resource, table: Table) -> IncomingRecord:
    """Read key and headers; ``refused`` is set if the record can never be loaded."""
    key = _text(record.key or b"")
    headers = record.headers
    value = record.value
    incoming = IncomingRecord(
        resource=resource,
        table=table,
        partition=_partition(record.topic, record.partition),
        offset=record.offset,
        key=key,
        row_key=(0, ""),
        sync_id=_sync_id(_header(headers, "sync_id")),
        fetched_at=EPOCH,
        content_hash="",
        identity=_identity(headers),
        is_tombstone=value is None,
        value=value,
        is_erasure=value is None and ERASED in record.headers,
    )
    try:
        incoming.row_key = _row_key(key)
        incoming.fetched_at = _time(_header(headers, "ce_time"))
        incoming.content_hash = _row_hash(incoming, table)
    except RecordRefused as refused:
        incoming.refused = refused
    return incoming


def fingerprint(record: Record) -> str:
    """Return the fingerprint of ``IncomingRecord`` without reading the whole record."""
    return _fingerprint(_text(record.key or b""), _identity(record.headers))


def _identity(headers: Sequence[tuple[str, bytes]]) -> tuple[bytes, bytes]:
    return _header(headers, "ce_id"), _header(headers, "content_hash")


def _header(headers: Sequence[tuple[str, bytes]], name: str) -> bytes:
    """Read one header; empty where it is missing."""
    position = HEADER_POSITIONS[name]
    if len(headers) > position and headers[position][0] == name:
        return headers[position][1]
    return dict(headers).get(name, b"")


def _fingerprint(key: str, identity: tuple[bytes, bytes]) -> str:
    return f"{key} {_text(b' '.join(identity))}"


def _text(raw: bytes) -> str:
    """Decode a key or header; invalid UTF-8 and NUL are replaced."""
    return storable(raw.decode(errors="replace"))


def storable(text: str) -> str:
    """Replace NUL, which PostgreSQL's text cannot hold, by U+FFFD."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


# Caches: the records of a batch share a few partitions, syncs and times.
_partition = lru_cache(maxsize=256)(Partition)


@lru_cache(maxsize=256)
def _sync_id(raw: bytes) -> str:
    return _text(raw)


@lru_cache(maxsize=256)
def _time(text: bytes) -> datetime:
    try:
        found = datetime.fromisoformat(text.decode())
        # A time without a zone cannot be compared with the others.
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise RecordRefused(RejectCode.WRONG_HEADER, "ce_time: expected an RFC 3339 time")


def time_of(record: Record) -> datetime:
    """Return when the record was requested from HEMIS; 1970 where the header is missing."""
    try:
        return _time(_header(record.headers, "ce_time"))
    except RecordRefused:
        return EPOCH


def _row_key(key: str) -> RowKey:
    person, position = split_key(key)
    hemis_id = usable_id(person)
    if hemis_id is None:
        raise RecordRefused(RejectCode.WRONG_KEY, "expected a hemis_id as the key")
    return hemis_id, position


def _row_hash(incoming: IncomingRecord, table: Table) -> str:
    found = _text(incoming.identity[1])
    return f"{table.mapping_version}-{found or content_hash(incoming.value or b'')}"


def _row(incoming: IncomingRecord, value: bytes, table: Table) -> bytes:
    hemis_id, position = incoming.row_key
    columns = table.fast_path.read(value)
    # The first column of a row is its id.
    if columns is None or not columns.startswith(copy_format.bigint(hemis_id)):
        columns = _columns(incoming, value, table)
    return b"".join(
        (
            _column_count(len(table.columns)),
            columns,
            copy_format.text(position) if table.keyed_by_position else b"",
            copy_format.text(incoming.content_hash),
            _encoded_time(incoming.fetched_at),
        )
    )


_column_count = lru_cache(maxsize=16)(copy_format.count)
_encoded_time = lru_cache(maxsize=256)(copy_format.moment)


def _columns(incoming: IncomingRecord, value: bytes, table: Table) -> bytes:
    item, incoming.replaced_nuls = _item(value)
    if usable_id(item.get("id")) != incoming.row_key[0]:
        raise RecordRefused(RejectCode.WRONG_KEY, "id: expected the id of the record's key")
    incoming.unknown_fields = table.mapping.unknown(item)
    with encoding():
        return table.mapping.row(item)


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL; after an escaped backslash it is text."""


def _item(value: bytes) -> tuple[dict[str, Json], int]:
    try:
        item = decode(value)
        nuls = len(_NUL.findall(value))
        item = _without_nul(item) if nuls else item
    except (msgspec.DecodeError, *ENCODING_ERRORS):
        raise RecordRefused(RejectCode.NOT_JSON, "expected a JSON object in strict UTF-8") from None
    if type(item) is not dict:
        raise RecordRefused(RejectCode.NOT_AN_OBJECT, "expected a JSON object")
    return item, nuls


def _without_nul(value: Json) -> Json:
    match value:
        case str():
            return storable(value)
        case list():
            return [_without_nul(inner) for inner in value]
        case dict():
            named = {_without_nul(name): _without_nul(inner) for name, inner in value.items()}
            if len(named) < len(value):
                reason = "two names that differ in a NUL only"
                raise RecordRefused(RejectCode.SAME_NAMES, reason)
            return named
        case _:
            return value


def mark_refused(record: IncomingRecord, refused: RecordRefused, value: bytes | None) -> None:
    """Mark a record that PostgreSQL refuses; ``value`` goes into its dead letter."""
    record.refused = refused
    record.row = None
    record.value = value

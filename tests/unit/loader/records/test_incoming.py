"""Reads a record of the topic."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec
import pytest

from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from services.loader.mapping.tables import tables
from services.loader.records.incoming import (
    HEADER_POSITIONS,
    IncomingRecord,
    fingerprint,
    read_record,
)
from tests.copy_format import columns_of

TABLES = tables(ZoneInfo("Asia/Tashkent"))
COLUMNS = TABLES[Resource.STUDENTS].columns


@dataclass
class SomeRecord:
    """What stands in the log."""

    value: bytes | None
    key: bytes = b"50421"
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str = "hemis.students"
    partition: int = 2
    offset: int = 7
    resource: Resource = field(default=Resource.STUDENTS)

    def __post_init__(self) -> None:
        if not self.headers:
            origin = RecordOrigin(
                resource=self.resource, sync_id="s", page=1, place=0, source="x", ce_time=1500
            )
            self.headers = record_headers(origin, self.key.decode(), self.value or b"")


def read(record: SomeRecord) -> IncomingRecord:
    incoming = read_record(record, record.resource, TABLES[record.resource])
    incoming.read_row()
    return incoming


def test_a_record_carries_its_sync_its_time_and_its_row() -> None:
    incoming = read(SomeRecord(b'{"id": 50421, "full_name": "SINOVOV"}'))

    assert incoming.refused is None
    assert (incoming.sync_id, incoming.row_key) == ("s", (50421, ""))
    assert incoming.fetched_at.timestamp() == 1.5
    assert incoming.row is not None
    assert b"SINOVOV" in incoming.row
    assert incoming.dead_letter_id == "hemis.students-2-7"


def test_headers_in_any_order_say_the_same() -> None:
    usual = SomeRecord(b'{"id": 50421}')
    turned = SomeRecord(b'{"id": 50421}', headers=usual.headers[::-1])

    assert read(turned) == read(usual)


def test_the_fetcher_writes_headers_where_the_loader_expects_them() -> None:
    names = [name for name, _ in SomeRecord(b"{}").headers]

    assert {name: names.index(name) for name in HEADER_POSITIONS} == HEADER_POSITIONS


def test_a_position_is_keyed_by_person_and_position() -> None:
    record = SomeRecord(b'{"id": 1826, "meta_id": 2600}', b"1826:2600", resource=Resource.EMPLOYEES)

    incoming = read(record)

    assert incoming.row_key == (1826, "2600")
    assert incoming.row is not None
    assert b"2600" in incoming.row


def test_a_null_is_a_tombstone() -> None:
    incoming = read(SomeRecord(None))

    assert (incoming.row, incoming.refused) == (None, None)


@pytest.mark.parametrize(
    ("value", "key", "code"),
    [
        (b"<html>", b"50421", "not_json"),
        (b'{"id": 50421, "full_name": "\\ud800"}', b"50421", "not_json"),
        (b'{"id": 50421, "x": NaN}', b"50421", "not_json"),
        (b"[" * 100_000, b"50421", "not_json"),
        (b"[1]", b"50421", "not_an_object"),
        (b'{"id": 1}', b"50421", "wrong_key"),
        (b'{"id": 50421}', b"someone", "wrong_key"),
        (b'{"id": 50421, "full_name": [1]}', b"50421", "wrong_type"),
        (b'{"id": 50421, "meta_id": 99999999999999999999}', b"50421", "out_of_range"),
    ],
)
def test_a_record_that_can_never_be_loaded_has_a_reject_code(
    value: bytes, key: bytes, code: str
) -> None:
    incoming = read(SomeRecord(value, key))

    assert incoming.row is None
    assert incoming.refused is not None
    assert incoming.refused.code == code


def test_a_record_without_a_time_is_refused() -> None:
    incoming = read(SomeRecord(b'{"id": 50421}', headers=(("page", b"1"),)))

    assert incoming.refused is not None
    assert incoming.refused.code == "wrong_header"


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "soon"])
def test_a_time_without_zone_or_beyond_the_range_is_refused(time: str) -> None:
    """Taken in, it would stop the whole partition: the guard compares it with every other."""
    incoming = read(SomeRecord(b'{"id": 50421}', headers=(("ce_time", time.encode()),)))

    assert incoming.refused is not None
    assert incoming.refused.code == "wrong_header"


def test_nul_in_a_key_or_a_header_is_replaced() -> None:
    """PostgreSQL's text cannot hold it, and it would refuse the offset row, not the record."""
    names = ("sync_id", "ce_id", "content_hash")
    headers = (("ce_time", b"2026-01-01T00:00:00Z"), *((name, b"a\0b") for name in names))
    record = SomeRecord(b'{"id": 1826}', b"1826:a\0b", headers, resource=Resource.EMPLOYEES)

    incoming = read(record)

    texts = (incoming.key, incoming.row_key[1], incoming.sync_id, incoming.fingerprint)
    assert not any("\0" in text for text in (*texts, incoming.content_hash, fingerprint(record)))


def test_nul_in_a_value_is_replaced_everywhere() -> None:
    value = msgspec.json.encode({"id": 50421, "full_name": "A\0B", "x\0": ["\0"]})

    incoming = read(SomeRecord(value))

    assert incoming.row is not None
    parts = columns_of(incoming.row)
    assert "A\N{REPLACEMENT CHARACTER}B".encode() in parts
    full_name, extra = (parts[COLUMNS.index(name)] for name in ("full_name", "extra"))
    assert not any(b"\0" in part or b"\\u0000" in part for part in (full_name, extra) if part)


def test_two_records_at_the_same_offset_have_different_fingerprints() -> None:
    one, other = SomeRecord(b'{"id": 50421}'), SomeRecord(b'{"id": 50421, "a": 1}')

    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(SomeRecord(b'{"id": 50421}'))

"""Encodes values in COPY's binary format: the length, then the bytes of the type.

Sources: PostgreSQL documentation, COPY, "Binary Format"; the types' ``*_recv`` functions.
Alternatives: pgcopy (psycopg2 only) and pgpq (needs Arrow, 40 MB). Neither can encode a repeating
value once, which saves most of the time here.
"""

import struct
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

Encoder = Callable[[Any], bytes]

NULL = struct.pack(">i", -1)
MAX_DIGITS_AFTER_POINT = 16_383
"""The limit of PostgreSQL's numeric."""

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = struct.pack(">h", -1)
_CHUNK_ROWS = 250

_length = struct.Struct(">i").pack
_bigint = struct.Struct(">iq").pack
_integer = struct.Struct(">ii").pack
_boolean = struct.Struct(">i?").pack
_numeric = struct.Struct(">hhHH").pack
_count = struct.Struct(">h").pack

_FIRST_DAY = date(2000, 1, 1).toordinal()
_FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_SECOND = int(_FIRST_MOMENT.timestamp())
_JSONB_VERSION = b"\1"
_NEGATIVE = 0x4000
_GROUP = 4
"""numeric is stored in base 10,000: four decimal digits per group."""


def text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


def bigint(value: int) -> bytes:
    return _bigint(8, value)


def integer(value: int) -> bytes:
    return _integer(4, value)


def boolean(value: bool) -> bytes:  # noqa: FBT001 — the value itself
    return _boolean(1, value)


def day(value: date) -> bytes:
    return _integer(4, value.toordinal() - _FIRST_DAY)


def moment(value: datetime) -> bytes:
    since = value - _FIRST_MOMENT
    return _bigint(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def unix_seconds(value: int) -> bytes:
    """Encode a time in unix seconds."""
    return _bigint(8, (value - _FIRST_SECOND) * 1_000_000)


def jsonb(text_of_json: bytes) -> bytes:
    encoded = _JSONB_VERSION + text_of_json
    return _length(len(encoded)) + encoded


def numeric(value: Decimal | int) -> bytes:
    """Encode a finite number and its scale, so that 1.50 stays 1.50."""
    sign, digits, exponent = Decimal(value).as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 — the number is finite
    scale = max(0, -exponent)
    # Zeros fill the last group, since groups are aligned to the decimal point.
    written = "".join(map(str, digits)) + "0" * (exponent % _GROUP)
    written = written.rjust(-(-len(written) // _GROUP) * _GROUP, "0")
    groups = [int(written[at : at + _GROUP]) for at in range(0, len(written), _GROUP)]
    weight = len(groups) - 1 + exponent // _GROUP
    encoded = _numeric(len(groups), weight, _NEGATIVE * sign, scale)
    encoded += struct.pack(f">{len(groups)}h", *groups)
    return _length(len(encoded)) + encoded


def column(encode: Encoder, value: object) -> bytes:
    return NULL if value is None else encode(value)


def count(columns: int) -> bytes:
    """Encode the number of columns, with which each row begins."""
    return _count(columns)


async def stream(rows: Sequence[bytes]) -> AsyncIterator[bytes]:
    """Yield rows as a complete COPY stream, in chunks of a few hundred kilobytes."""
    yield _SIGNATURE
    remaining = iter(rows)
    while chunk := b"".join(islice(remaining, _CHUNK_ROWS)):
        yield chunk
    yield _TRAILER

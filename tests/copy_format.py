"""Rows in COPY's binary format, taken apart."""

import struct
from collections.abc import Iterator


def columns_of(row: bytes) -> list[bytes | None]:
    """Return a row's columns; fails where it has another number of them than it says."""
    (count,) = struct.unpack_from(">h", row)
    columns = list(values_of(row[2:]))
    assert len(columns) == count
    return columns


def values_of(columns: bytes) -> Iterator[bytes | None]:
    """Yield one value after the other; None is NULL."""
    at = 0
    while at < len(columns):
        (length,) = struct.unpack_from(">i", columns, at)
        at += 4
        yield columns[at : at + length] if length >= 0 else None
        at += max(0, length)

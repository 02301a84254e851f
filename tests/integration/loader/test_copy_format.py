"""PostgreSQL reads the values that are written in COPY's binary format."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import asyncpg
import pytest

from services.loader.mapping import copy_format
from services.loader.mapping.column_types import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    LISTING,
    MOMENT,
    NUMERIC,
    TEXT,
    ColumnType,
)
from services.loader.store.statements import copy_rows

pytestmark = pytest.mark.integration

KINDS: dict[str, tuple[str, ColumnType]] = {
    "place": ("integer", INTEGER),
    "words": ("text", TEXT),
    "long": ("bigint", BIGINT),
    "short": ("integer", INTEGER),
    "truth": ("boolean", BOOLEAN),
    "number": ("numeric", NUMERIC),
    "moment": ("timestamptz", MOMENT),
    "list": ("jsonb", LISTING),
}
CHARACTERS = "aZ 09'\"\\\t\n‘ʻʼ’яў\N{GRINNING FACE}\x01\x7f\uffff"
MICROSECONDS = 9998 * 365 * 86_400 * 10**6
NUMBERS = ["0", "-0.00", "1.50", "1E+3", "0.0001", "10000", "1e-20", "99990000.0001", "-1e-100"]


def written(place: int, chance: Random) -> dict[str, Any]:
    digits = tuple(chance.randrange(10) for _ in range(chance.randrange(1, 30)))
    number = Decimal((chance.randrange(2), digits, chance.randrange(-40, 40)))
    text = "".join(chance.choices(CHARACTERS, k=chance.randrange(40)))
    first = datetime(1, 1, 1, tzinfo=UTC)
    return {
        "place": place,
        "words": text,
        "long": chance.randrange(-(2**63), 2**63) >> chance.randrange(63),
        "short": chance.randrange(-(2**31), 2**31) >> chance.randrange(31),
        "truth": chance.choice([True, False]),
        "number": chance.choice([number, Decimal(chance.choice(NUMBERS))]),
        "moment": first + timedelta(microseconds=chance.randrange(MICROSECONDS)),
        "list": [text.replace("\x01", ""), chance.randrange(2**80)],
    }


def encoded(row: dict[str, Any]) -> bytes:
    columns = [KINDS[name][1].encode(value) for name, value in row.items()]
    return copy_format.count(len(columns)) + b"".join(columns)


def scale_of(number: Decimal) -> int:
    """Digits after the point: 1.50 has two."""
    return max(0, -int(number.as_tuple().exponent))


async def test_every_type_is_read_as_it_was_written(database_url: str) -> None:
    chance = Random(4)  # noqa: S311 — the same rows each time
    rows = [written(place, chance) for place in range(2000)]
    connection = await asyncpg.connect(database_url)
    try:
        columns = ", ".join(f'"{name}" {sql}' for name, (sql, _) in KINDS.items())
        await connection.execute(f"CREATE TEMP TABLE kinds ({columns})")

        await copy_rows(connection, "kinds", tuple(KINDS), list(map(encoded, rows)))

        found = await connection.fetch("SELECT * FROM kinds ORDER BY place")
    finally:
        await connection.close()
    assert [dict(row) | {"list": json.loads(row["list"])} for row in found] == rows
    assert [scale_of(row["number"]) for row in found] == [scale_of(row["number"]) for row in rows]

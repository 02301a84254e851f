"""The records of the benchmarks: the simulator's students as items and as table rows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from libs.common.contracts.records import content_hash
from libs.common.contracts.resources import Resource
from libs.simulator.hemis import SimulatedHemis
from services.loader.mapping.exact_json import decode
from services.loader.mapping.tables import tables

TABLE = tables(ZoneInfo("Asia/Tashkent"))[Resource.STUDENTS]


_FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def items(count: int) -> Iterator[bytes]:
    """Yield the simulator's students, as HEMIS would send them."""
    roster = SimulatedHemis(students=count, employees=2).rosters["students"]
    return (bytes(roster.body(row)) for row in roster.rows(0, len(roster)))


def row_of(value: bytes) -> tuple[Any, ...]:
    """Return an item's row as Python values, in the order of ``TABLE.columns``."""
    *columns, extra = TABLE.mapping.read(decode(value))
    return (*columns, extra and extra.decode(), content_hash(value), _FETCHED_AT)

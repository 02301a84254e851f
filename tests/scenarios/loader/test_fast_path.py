"""The fast path gives the same row as the mapping, or none."""

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.resources import Resource
from libs.simulator.hemis import SimulatedHemis
from services.loader.mapping.exact_json import decode
from services.loader.mapping.table import Table
from services.loader.mapping.tables import tables
from tests.copy_format import values_of

TABLES = tables(ZoneInfo("Asia/Tashkent"))
STUDENTS = TABLES[Resource.STUDENTS]
SHARE_READ_THE_SHORT_WAY = 0.95


def comparable(columns: bytes) -> tuple[Any, ...]:
    """Every byte counts, but of ``extra`` what it says."""
    *values, extra = values_of(columns)
    return (*values, extra and json.loads(extra[1:]))


def bodies(resource: Resource) -> Iterator[bytes]:
    rosters = SimulatedHemis(students=2000, employees=300).rosters
    roster = next(roster for name, roster in rosters.items() if name == resource)
    return (bytes(roster.body(row)) for row in roster.rows(0, len(roster)))


def reads_alike(table: Table, value: bytes) -> bool:
    """Tell whether the short way read it; fails where the two ways differ."""
    row = table.fast_path.read(value)
    if row is not None:
        assert comparable(row) == comparable(table.mapping.row(decode(value)))
    return row is not None


@pytest.mark.parametrize("resource", Resource)
def test_the_fast_path_and_the_mapping_agree_on_the_simulators_items(resource: Resource) -> None:
    table = TABLES[resource]

    read = [reads_alike(table, value) for value in bodies(resource)]

    assert sum(read) >= SHARE_READ_THE_SHORT_WAY * len(read)


@pytest.mark.parametrize(
    "value",
    [
        b'{"id": 1, "new_in_this_version": 1}',
        b'{"id": "1"}',
        b'{"id": 1.0}',
        b'{"id": 1, "full_name": 5}',
        b'{"id": 1, "full_name": "A\\u0000"}',
        b'{"id": 1, "gender": 5}',
        b'{"id": 1, "gender": {"code": "\\ud800"}}',
        b'{"id": 1, "gender": {"code": "\xff"}}',
        b'{"id": 1, "gender": {"code": "\x1f"}}',
        b'{"id": 1, "gender": {"code": "11", "name": "%b"}}' % (b"x" * 2000),
        b'{"id": 1, "meta_id": 9223372036854775808}',
        b'{"id": 1, "created_at": 99999999999999}',
        b'{"id": 1, "avg_gpa": 1e999}',
        b"[1]",
        b"<html>",
        b"[" * 100_000,
    ],
)
def test_the_fast_path_leaves_items_with_other_types_to_the_mapping(value: bytes) -> None:
    assert STUDENTS.fast_path.read(value) is None


pairs = st.fixed_dictionaries(
    {}, optional={name: st.none() | st.text() | st.integers() for name in ("code", "name", "x")}
)
numbers = st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | st.text() | numbers
values: st.SearchStrategy[Any] = plain | pairs | st.just([])
groups = st.fixed_dictionaries(
    {}, optional={"id": plain, "name": plain, "educationLang": values, "x": values}
)
items = st.fixed_dictionaries(
    {"id": st.integers(-1, 2**63)},
    optional={
        "full_name": st.none() | st.text(),
        "student_id_number": st.sampled_from(["", "0", "1"]) | plain,
        "gender": values,
        "department": values,
        "group": groups | values,
        "birth_date": plain,
        "created_at": plain,
        "avg_gpa": plain,
        "is_graduate": plain,
        "year_of_enter": plain,
        "terrain": values,
        "validateUrl": plain,
    },
)


@given(items)
def test_the_fast_path_never_differs_from_the_mapping(item: dict[str, Any]) -> None:
    value = msgspec.json.encode(item)

    STUDENTS.fast_path.read(value)

    # Twice, since the second time the values are remembered.
    reads_alike(STUDENTS, value)

"""Compare the tables with what the simulator holds, column by column."""

import json
from typing import Any, Protocol

import asyncpg

from tests.e2e.oracle import Row, person_rows, position_row, student_row

OURS = {
    "content_hash",
    "fetched_at",
    "synced_at",
    "removed_at",
    "first_seen_at",
    "unlisted_since",
    "position_key",
}


class Compared(Protocol):
    """A HEMIS that tells what it holds, and the database that must hold the same."""

    @property
    def schema(self) -> str: ...

    async def source(self, resource: str) -> list[dict[str, Any]]:
        """Every item, as the list gives it."""

    async def rows(self, sql: str) -> list[asyncpg.Record]: ...


async def assert_tables_equal_the_source(system: Compared) -> None:
    students = {item["id"]: student_row(item) for item in await system.source("students")}
    items = await system.source("employees")
    positions = {_position_id(item["id"], position_row(item)): position_row(item) for item in items}

    assert_equal(await _table(system, "students"), students)
    found = await rows_of(system, "employee_positions")
    assert_equal({_position_id(row["hemis_id"], row): row for row in found}, positions)
    people = await _table(system, "employees")
    for row in people.values():
        if row["tutor_groups"] is not None:
            row["tutor_groups"] = sorted(json.dumps(g, sort_keys=True) for g in row["tutor_groups"])
    assert_equal(people, person_rows(items))


def _position_id(person: int, row: Row) -> tuple[Any, ...]:
    names = ("meta_id", "department_id", "staff_position_code", "employment_form_code")
    return (person, *(row[name] for name in names))


async def _table(system: Compared, name: str) -> dict[int, Row]:
    return {row["hemis_id"]: row for row in await rows_of(system, name)}


async def rows_of(system: Compared, name: str) -> list[Row]:
    rows = [dict(row) for row in await system.rows(f"SELECT * FROM {system.schema}.{name}")]  # noqa: S608 — names of ours
    for row in rows:
        for column in {"extra", "tutor_groups"} & row.keys():
            row[column] = None if row[column] is None else json.loads(row[column])
    return [{name: value for name, value in row.items() if name not in OURS} for row in rows]


def assert_equal(found: dict[Any, Row], expected: dict[Any, Row]) -> None:
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        differing = {n: (found[key].get(n), v) for n, v in row.items() if found[key].get(n) != v}
        assert not differing, f"{key}: {differing}"
        assert found[key].keys() == row.keys()

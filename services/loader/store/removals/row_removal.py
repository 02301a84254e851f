"""SQL that deletes rows, marks them as removed, or erases all rows of a person."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey, Table
from services.loader.store.refusals import refusals

_GONE_ROWS = "unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS w (hemis_id, position, at)"
# Checks deferred constraints inside the savepoint instead of at the commit. The time limit is for
# foreign keys without an index: each delete then reads their whole table.
_CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL statement_timeout = '10s'"
_NO_TIME_LIMIT = "SET LOCAL statement_timeout = 0"


RefreshEmployees = Callable[[Connection, Collection[int]], Awaitable[int]]
"""Updates the rows of ``employees`` after their positions changed."""


class GoneRow(NamedTuple):
    """A row that HEMIS no longer had at this time."""

    row_key: RowKey
    at: datetime


class RowRemover:
    """Removes rows of one table; returns those that PostgreSQL refuses to remove, and why."""

    def __init__(self, table: Table, refresh_employees: RefreshEmployees | None) -> None:
        """``refresh_employees`` is given for a table of positions."""
        same = "t.hemis_id = w.hemis_id AND t.fetched_at <= w.at"
        if table.keyed_by_position:
            same += " AND t.position_key = w.position"
        self._refresh_employees = refresh_employees
        self._delete = f"DELETE FROM {table.name} t USING {_GONE_ROWS} WHERE {same}"  # noqa: S608 — names from the mapping
        self._mark = (
            f"UPDATE {table.name} t SET removed_at = w.at, fetched_at = w.at, synced_at = now()"  # noqa: S608 — names from the mapping
            f" FROM {_GONE_ROWS} WHERE {same} AND t.removed_at IS NULL"
        )
        self._select = f"SELECT w.* FROM {table.name} t JOIN {_GONE_ROWS} ON {same}"  # noqa: S608 — names from the mapping
        tables = (table.name, "employees") if refresh_employees else (table.name,)
        self._erase = [f"DELETE FROM {name} WHERE hemis_id = ANY($1::bigint[])" for name in tables]  # noqa: S608 — names from the mapping
        self._select_people = " UNION ".join(
            f"SELECT hemis_id FROM {name} WHERE hemis_id = ANY($1::bigint[])"  # noqa: S608 — names from the mapping
            for name in tables
        )

    async def remaining(
        self, connection: Connection, rows: Sequence[GoneRow], *, deletes: bool
    ) -> list[GoneRow]:
        """Return the rows that still stand and are not newer; marked rows count as removed."""
        sql = self._select if deletes else f"{self._select} AND t.removed_at IS NULL"
        found = await connection.fetch(sql, *_columns(rows))
        standing = {(row["hemis_id"], row["position"]) for row in found}
        return [row for row in rows if row.row_key in standing]

    async def remove(
        self, connection: Connection, rows: Sequence[GoneRow], *, deletes: bool
    ) -> dict[GoneRow, str]:
        """Delete or mark the rows; return those that PostgreSQL refuses, and why."""
        sql = self._delete if deletes else self._mark

        async def remove_some(some: Sequence[GoneRow]) -> None:
            await connection.execute(_CHECK_AT_ONCE)
            await connection.execute(sql, *_columns(some))
            if self._refresh_employees is not None:
                await self._refresh_employees(connection, {row.row_key[0] for row in some})
            await connection.execute(_NO_TIME_LIMIT)

        async def remaining(some: Sequence[GoneRow]) -> list[GoneRow]:
            return await self.remaining(connection, some, deletes=deletes)

        return await refusals(connection, rows, remove_some, remaining)

    async def erase(self, connection: Connection, people: Sequence[int]) -> dict[int, str]:
        """Delete all rows of people, also closed ones; return who has rows left, and why."""

        async def erase_some(some: Sequence[int]) -> None:
            await connection.execute(_CHECK_AT_ONCE)
            for sql in self._erase:
                await connection.execute(sql, some)
            await connection.execute(_NO_TIME_LIMIT)

        async def remaining(some: Sequence[int]) -> list[int]:
            return [row["hemis_id"] for row in await connection.fetch(self._select_people, some)]

        return await refusals(connection, people, erase_some, remaining)


def _columns(rows: Sequence[GoneRow]) -> tuple[list[int], list[str], list[datetime]]:
    return (
        [row.row_key[0] for row in rows],
        [row.row_key[1] for row in rows],
        [row.at for row in rows],
    )

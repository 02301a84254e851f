"""SQL that deletes rows, marks them as removed, or erases all rows of a person."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey, Table
from services.loader.store.refusals import refusals

_WANTED = "unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS w (hemis_id, position, at)"
# Deferred constraints are checked before the savepoint ends, not when the batch commits. The time
# limit is for foreign keys without an index: each delete then reads their whole table.
_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL statement_timeout = '10s'"
_AFTER = "SET LOCAL statement_timeout = 0"


RefreshEmployees = Callable[[Connection, Collection[int]], Awaitable[int]]
"""Updates the rows of ``employees`` after their positions changed."""


class Gone(NamedTuple):
    """A row that was gone at the source at this time."""

    row_key: RowKey
    at: datetime


class GoneStore:
    """The statements of one table; names the rows that PostgreSQL refuses to remove."""

    def __init__(self, table: Table, refresh_employees: RefreshEmployees | None) -> None:
        """``refresh_employees`` is given for a table of positions."""
        same = "t.hemis_id = w.hemis_id AND t.fetched_at <= w.at"
        if table.keyed_by_position:
            same += " AND t.position_key = w.position"
        self._refresh_employees = refresh_employees
        self._delete = f"DELETE FROM {table.name} t USING {_WANTED} WHERE {same}"  # noqa: S608 — names from the mapping
        self._mark = (
            f"UPDATE {table.name} t SET removed_at = w.at, fetched_at = w.at, synced_at = now()"  # noqa: S608 — names from the mapping
            f" FROM {_WANTED} WHERE {same} AND t.removed_at IS NULL"
        )
        self._there = f"SELECT w.* FROM {table.name} t JOIN {_WANTED} ON {same}"  # noqa: S608 — names from the mapping
        tables = (table.name, "employees") if refresh_employees else (table.name,)
        self._erase = [f"DELETE FROM {name} WHERE hemis_id = ANY($1::bigint[])" for name in tables]  # noqa: S608 — names from the mapping
        self._left = " UNION ".join(
            f"SELECT hemis_id FROM {name} WHERE hemis_id = ANY($1::bigint[])"  # noqa: S608 — names from the mapping
            for name in tables
        )

    async def remaining(
        self, connection: Connection, rows: Sequence[Gone], *, deletes: bool
    ) -> list[Gone]:
        """Return the rows that are still there and not newer; a marked row counts as gone."""
        sql = self._there if deletes else f"{self._there} AND t.removed_at IS NULL"
        found = await connection.fetch(sql, *_columns(rows))
        there = {(row["hemis_id"], row["position"]) for row in found}
        return [row for row in rows if row.row_key in there]

    async def remove(
        self, connection: Connection, rows: Sequence[Gone], *, deletes: bool
    ) -> dict[Gone, str]:
        """Delete or mark the rows; return why PostgreSQL refuses some of them."""
        sql = self._delete if deletes else self._mark

        async def act(some: Sequence[Gone]) -> None:
            await connection.execute(_AT_ONCE)
            await connection.execute(sql, *_columns(some))
            if self._refresh_employees is not None:
                await self._refresh_employees(connection, {gone.row_key[0] for gone in some})
            await connection.execute(_AFTER)

        async def remaining(some: Sequence[Gone]) -> list[Gone]:
            return await self.remaining(connection, some, deletes=deletes)

        return await refusals(connection, rows, act, remaining)

    async def erase(self, connection: Connection, people: Sequence[int]) -> dict[int, str]:
        """Delete all rows of people, closed ones too; return why rows of some are left."""

        async def act(some: Sequence[int]) -> None:
            await connection.execute(_AT_ONCE)
            for sql in self._erase:
                await connection.execute(sql, some)
            await connection.execute(_AFTER)

        async def remaining(some: Sequence[int]) -> list[int]:
            return [row["hemis_id"] for row in await connection.fetch(self._left, some)]

        return await refusals(connection, people, act, remaining)


def _columns(rows: Sequence[Gone]) -> tuple[list[int], list[str], list[datetime]]:
    return (
        [gone.row_key[0] for gone in rows],
        [gone.row_key[1] for gone in rows],
        [gone.at for gone in rows],
    )

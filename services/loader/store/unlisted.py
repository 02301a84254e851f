"""SQL on ``unlisted_since``: rows that HEMIS no longer lists, and those it lists again."""

from collections.abc import Collection
from datetime import datetime

from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey, Table
from services.loader.store.removals.row_removal import RefreshEmployees
from services.loader.store.statements import ALLOW_HASH_JOINS

_MARK = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT unnest(keys) AS key FROM sync_effects WHERE sync_id = $1
    )
    UPDATE {table} r SET unlisted_since = $2
    WHERE unlisted_since IS NULL AND fetched_at < $2
      AND NOT EXISTS (SELECT FROM seen WHERE seen.key = {key})
    RETURNING hemis_id
"""
_CLEAR = """
    UPDATE {table} r SET unlisted_since = NULL
    FROM unnest($1::bigint[], $2::text[]) AS w (hemis_id, position_key) WHERE {same}
"""


class UnlistedStore:
    """Sets and clears ``unlisted_since`` in one table."""

    def __init__(self, table: Table, refresh: RefreshEmployees | None) -> None:
        """``refresh`` updates the one row per employee, where a resource has positions."""
        same = " AND ".join(f"r.{name} = w.{name}" for name in table.key_columns)
        self._refresh = refresh
        self._mark = _MARK.format(table=table.name, key=table.key_text)
        self._clear = _CLEAR.format(table=table.name, same=same)

    async def mark(self, connection: Connection, sync_id: str, began: datetime) -> None:
        """Set ``began`` in rows fetched before this complete sync and not seen by it."""
        await connection.execute(ALLOW_HASH_JOINS)
        found = await connection.fetch(self._mark, sync_id, began)
        await self._refresh_people(connection, {row["hemis_id"] for row in found})

    async def clear(self, connection: Connection, keys: Collection[RowKey]) -> None:
        people, positions = [key[0] for key in keys], [key[1] for key in keys]
        await connection.execute(self._clear, people, positions)
        await self._refresh_people(connection, set(people))

    async def _refresh_people(self, connection: Connection, people: Collection[int]) -> None:
        if self._refresh is not None and people:
            await self._refresh(connection, people)

"""Statements over many keys, of which those that PostgreSQL refuses are returned with a reason."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from libs.common.postgres.pool import Connection, rolled_back
from services.loader.mapping.table import RowKey
from services.loader.store.refusals import Unchanged, refused_ones
from services.loader.store.statements import count_of

WANTED = "unnest($1::bigint[], $2::text[]) AS w (hemis_id, position_key)"


class TolerantStatements:
    """Runs statements; a dry run also tries each on the live tables, and rolls that back."""

    def __init__(self, live_schema: str | None) -> None:
        """``live_schema``: where the live tables are, while their names mean copies."""
        self._live = live_schema

    async def run(
        self,
        connection: Connection,
        sql: str,
        names: Mapping[str, str],
        keys: Sequence[RowKey],
    ) -> dict[RowKey, str]:
        """Change one row of ``{table}`` for each key; return why the others were refused."""
        if self._live is None:
            return await self._change(connection, sql.format_map(names), keys)
        await connection.execute(sql.format_map(names), *_columns(keys))
        live = {**names, "table": f'"{self._live}".{names["table"]}'}
        return await self._change(connection, sql.format_map(live), keys)

    async def _change(
        self, connection: Connection, sql: str, keys: Sequence[RowKey]
    ) -> dict[RowKey, str]:
        async def act(some: Sequence[RowKey]) -> None:
            async with self._attempt(connection):
                await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                if count_of(await connection.execute(sql, *_columns(some))) < len(some):
                    raise Unchanged

        return await refused_ones(connection, keys, act)

    def _attempt(self, connection: Connection) -> AbstractAsyncContextManager[object]:
        return nullcontext() if self._live is None else rolled_back(connection)


def _columns(keys: Collection[RowKey]) -> tuple[list[int], list[str]]:
    return [hemis_id for hemis_id, _ in keys], [position for _, position in keys]

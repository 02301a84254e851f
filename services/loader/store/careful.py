"""Statements over many keys: what PostgreSQL refuses stays as it is, and the reason is told."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from libs.common.postgres.pool import Connection, rolled_back
from services.loader.incoming import RowKey
from services.loader.store.refusals import SILENT, refused_ones
from services.loader.store.rows import count_of

WANTED = "unnest($1::bigint[], $2::text[]) AS w (hemis_id, position_key)"


class _NotAll(Exception):
    """It was no error, and yet not every row was changed."""


class Careful:
    """Carries statements out; in a dry run on copies, and on the live tables without effect."""

    def __init__(self, live_schema: str | None) -> None:
        """``live_schema``: where the live tables are, while their names mean copies."""
        self._live = live_schema

    async def carry_out(
        self,
        connection: Connection,
        sql: str,
        names: Mapping[str, str],
        keys: Sequence[RowKey],
    ) -> dict[RowKey, str]:
        """Change one row a key of ``{table}``; return the reasons of those that stay."""
        if self._live is None:
            return await self._change(connection, sql.format_map(names), keys)
        await connection.execute(sql.format_map(names), *_columns(keys))
        live = {**names, "table": f'"{self._live}".{names["table"]}'}
        return await self._change(connection, sql.format_map(live), keys)

    async def _change(
        self, connection: Connection, sql: str, keys: Sequence[RowKey]
    ) -> dict[RowKey, str]:
        silent: dict[RowKey, str] = {}

        async def act(some: Sequence[RowKey]) -> None:
            try:
                async with self._transaction(connection):
                    await _execute(connection, sql, some)
            except _NotAll:
                await self._find_silent(connection, sql, some, silent)

        return await refused_ones(connection, keys, act) | silent

    async def _find_silent(
        self, connection: Connection, sql: str, keys: Sequence[RowKey], silent: dict[RowKey, str]
    ) -> None:
        """Go through the halves of what was not changed as a whole."""
        if len(keys) == 1:
            silent[keys[0]] = SILENT
            return
        middle = len(keys) // 2
        for half in (keys[:middle], keys[middle:]):
            try:
                async with self._transaction(connection):
                    await _execute(connection, sql, half)
            except _NotAll:
                await self._find_silent(connection, sql, half, silent)

    def _transaction(self, connection: Connection) -> AbstractAsyncContextManager[object]:
        return connection.transaction() if self._live is None else rolled_back(connection)


async def _execute(connection: Connection, sql: str, keys: Collection[RowKey]) -> None:
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if count_of(await connection.execute(sql, *_columns(keys))) < len(keys):
        raise _NotAll


def _columns(keys: Collection[RowKey]) -> tuple[list[int], list[str]]:
    return [hemis_id for hemis_id, _ in keys], [position for _, position in keys]

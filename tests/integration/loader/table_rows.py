"""What stands in one university's tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.loader.settings import LoaderSettings


class Tables:
    """Queries PostgreSQL directly, not through the loader."""

    def __init__(self, settings: LoaderSettings) -> None:
        self.settings = settings

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        async with self._connected() as connection:
            return await connection.fetch(sql, *values)

    async def execute(self, script: str) -> None:
        async with self._connected() as connection:
            await connection.execute(script)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(
            self.settings.database_url.get_secret_value(),
            server_settings={"search_path": self.settings.database_schema},
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def table(self, name: str, *without: str) -> list[dict[str, Any]]:
        """Return a whole table, without columns that may differ."""
        rows = [dict(row) for row in await self.rows(f"SELECT * FROM {name} ORDER BY 1, 2")]  # noqa: S608 — names of ours
        return [{k: v for k, v in row.items() if k not in without} for row in rows]

"""Connections of a pool, with PostgreSQL's errors translated into this program's."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

from libs.common.postgres.pool import Connection, Pool


class Database:
    """Lends connections; what fails inside a ``with`` block is raised as our own error."""

    def __init__(self, pool: Pool, translated: Callable[[], AbstractContextManager[None]]) -> None:
        """``translated`` turns errors of PostgreSQL and asyncpg into the service's own."""
        self._pool = pool
        self._translated = translated

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; each statement commits by itself."""
        with self._translated():
            async with self._pool.acquire() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection inside a transaction that commits at the end of the block."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def expire_connections(self) -> None:
        """Replace each connection before its next use."""
        await self._pool.expire_connections()

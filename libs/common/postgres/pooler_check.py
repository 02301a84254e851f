"""Checks that each connection has a PostgreSQL session of its own."""

from contextlib import AsyncExitStack

import asyncpg

from libs.common.errors import ConfigurationError
from libs.common.postgres.address import parse_address
from libs.common.postgres.connect_errors import connect_errors_explained
from libs.common.postgres.errors import translated

_CONNECTIONS = 2


async def require_session_pooling(url: str) -> None:
    """Refuse a pooler in transaction mode.

    In this mode two open connections share one connection of PostgreSQL while nobody else uses it.
    Settings, temporary tables and prepared statements would belong to another client.

    Raises:
        ConfigurationError: a pooler is in transaction mode, or the database refuses the connection.
    """
    async with AsyncExitStack() as opened:
        servers = set()
        for _ in range(_CONNECTIONS):
            with translated(), connect_errors_explained():
                # A named statement would already exist for the other connection.
                address = parse_address(url)
                connection = await asyncpg.connect(
                    address.dsn, timeout=address.timeout_seconds, statement_cache_size=0
                )
                opened.callback(connection.terminate)
                servers.add(await connection.fetchval("SELECT pg_backend_pid()"))
    if len(servers) < _CONNECTIONS:
        raise ConfigurationError(
            "DATABASE_URL: a pooler in transaction mode; the loader needs pool_mode=session,"
            " or PostgreSQL itself"
        )

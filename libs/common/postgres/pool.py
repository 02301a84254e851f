"""A pool whose connections give up early rather than block a successor (architecture §4.3)."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from libs.common.dependencies import Dependencies
from libs.common.errors import ConfigurationError, TransientError

POSTGRES = "postgresql"

AWAY = (
    TransientError,  # a service's own word for it, from ``prepare``
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # starting up, shutting down
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # locked
    asyncpg.ReadOnlySQLTransactionError,  # a standby, or a primary no more
    asyncpg.TransactionRollbackError,  # deadlock
    asyncpg.InvalidCatalogNameError,  # dropped, and about to be made again
    OSError,
    TimeoutError,
)

_SERVER_SETTINGS = {
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
# A statement of a batch takes a second; on a silent connection this and a ROLLBACK as long pass.
_COMMAND_SECONDS = 20.0

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@asynccontextmanager
async def open_pool(
    url: str,
    schema: str,
    dependencies: Dependencies,
    prepare: Callable[[Connection], Coroutine[Any, Any, None]],
    planner: Mapping[str, str],
) -> AsyncIterator[Pool]:
    """Wait for the database and open a pool.

    ``prepare`` is called on every new connection; ``planner`` holds settings for all of them.

    Raises:
        Stopped: the stop came before the database.
    """

    async def attempt() -> Pool:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=4,
            init=prepare,
            command_timeout=_COMMAND_SECONDS,
            server_settings=_SERVER_SETTINGS
            | {"search_path": schema, "application_name": "hemis-sync", **planner},
        )

    pool = await dependencies.wait_for(POSTGRES, attempt, *AWAY)
    try:
        yield pool
    finally:
        # Not close(): it waits for a peer that may be dead (faults P6).
        pool.terminate()


async def connect(url: str, **server_settings: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open one connection.

    Raises:
        ConfigurationError: the address is none, or the database refuses this user or password.
    """
    # Not chained: what is wrong may be a part of the password, and the text would repeat it.
    try:
        return await asyncpg.connect(url, server_settings=server_settings)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise ConfigurationError(f"DATABASE_URL: refused (SQLSTATE {error.sqlstate})") from None
    except ValueError:
        raise ConfigurationError(
            "DATABASE_URL: expected postgresql://user:password@host:port/database, with %40 for @,"
            " %2F for /, %3A for : inside the password"
        ) from None

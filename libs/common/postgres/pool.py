"""A pool of connections whose time limits are short, so that a dead process blocks no other one."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from libs.common.postgres.address import parse_address
from libs.common.postgres.connect_errors import connect_errors_explained
from libs.common.postgres.errors import DatabaseAway, translated
from libs.common.process.readiness import Readiness

POSTGRES = "postgresql"

_SESSION = {
    "application_name": "hemis-sync",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    # Replaces the role's own limit; command_timeout is ours.
    "statement_timeout": "0",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
# A statement of a batch takes a second. On a dead connection this limit passes twice: for the
# statement, and for its ROLLBACK.
_COMMAND_SECONDS = 20.0

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@asynccontextmanager
async def open_pool(
    url: str,
    schema: str,
    readiness: Readiness,
    prepare: Callable[[Connection], Coroutine[Any, Any, None]],
    planner: Mapping[str, str],
) -> AsyncIterator[Pool]:
    """Wait for the database and open a pool.

    ``prepare`` is called on every new connection; ``planner`` holds settings for all of them.

    Raises:
        ConfigurationError: the database refuses the connection.
        Stopped: the stop came before the database answered.
    """

    async def begin(connection: Connection) -> None:
        session = {**_SESSION, **_named(url), "search_path": schema, **planner}
        # What fails here is not the fault of the address.
        with translated():
            await _begin_session(connection, session)
            await prepare(connection)

    async def attempt() -> Pool:
        with translated(), connect_errors_explained():
            address = parse_address(url)
            return await asyncpg.create_pool(
                address.dsn,
                timeout=address.timeout_seconds,
                min_size=1,
                max_size=4,
                init=begin,
                reset=_keep_session,
                command_timeout=_COMMAND_SECONDS,
            )

    pool = await readiness.wait_for(POSTGRES, attempt, DatabaseAway)
    try:
        yield pool
    finally:
        # close() would wait for a server that may be dead.
        pool.terminate()


@asynccontextmanager
async def rolled_back(connection: Connection) -> AsyncIterator[None]:
    """Open a transaction that is always rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        if not connection.is_closed():
            await transaction.rollback()


async def connect(url: str, **session: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open one connection, with these settings of PostgreSQL.

    Raises:
        ConfigurationError: the address is malformed, or the database refuses the connection.
        DatabaseAway: the database cannot be reached now.
    """
    with translated(), connect_errors_explained():
        address = parse_address(url)
        connection = await asyncpg.connect(address.dsn, timeout=address.timeout_seconds)
    try:
        with translated():
            await _begin_session(connection, {**session, **_named(url)})
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _begin_session(connection: Connection, session: Mapping[str, str]) -> None:
    """Set settings that a pooler would refuse or drop as startup parameters."""
    await connection.execute(
        "SELECT set_config(name, value, false)"
        " FROM unnest($1::text[], $2::text[]) AS wanted (name, value)",
        list(session),
        list(session.values()),
    )


def _named(url: str) -> dict[str, str]:
    """Return ``application_name``, if the address sets it."""
    name = parse_address(url).application_name
    return {} if name is None else {"application_name": name}


async def _keep_session(_: Connection) -> None:
    """Do nothing to a released connection: asyncpg's own reset would undo the settings."""

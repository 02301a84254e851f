"""Applies numbered SQL files, each once, in one process at a time."""

import logging
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from libs.common.errors import ConfigurationError
from libs.common.postgres.errors import DatabaseAway, DatabaseFault, translated
from libs.common.postgres.pool import POSTGRES, Connection, connect
from libs.common.postgres.pooler_check import require_session_pooling
from libs.common.process.readiness import Readiness

logger = logging.getLogger(__name__)

# An arbitrary number that nobody else in the database uses.
_LOCK = 4_877_021
# Queries queue behind a migration that waits for a lock, so it gives up soon and tries again.
_TIMEOUTS = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = 0"
_HOLDERS = """
    SELECT DISTINCT format('%s (process %s of user %s)',
                           coalesce(nullif(application_name, ''), 'somebody'), pid, usename)
    FROM pg_locks JOIN pg_class c ON c.oid = relation JOIN pg_stat_activity USING (pid)
    WHERE granted AND pid <> pg_backend_pid() AND relnamespace = to_regnamespace($1)
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY 1 LIMIT 3
"""


async def migrate(connection: Connection, schema: str, files: Sequence[Path]) -> None:
    """Bring the schema to the newest version, in one transaction, under an advisory lock.

    The search path is set, so the files name no schema. Existing objects are not created again,
    since even ``IF NOT EXISTS`` needs the right to create them.

    Raises:
        DatabaseAway: another process is migrating.
        DatabaseFault: a right is missing, or somebody holds a lock on a table.
    """
    applied = await applied_migrations(connection, schema)
    if applied is not None and applied.issuperset(file.name for file in files):
        return
    try:
        async with connection.transaction():
            await connection.execute(_TIMEOUTS)
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                raise DatabaseAway("another process is migrating the schema")
            await _migrate(connection, schema, files)
    except asyncpg.LockNotAvailableError:
        raise await _lock_fault(connection, schema) from None


async def applied_migrations(connection: Connection, schema: str) -> set[str] | None:
    """Return the names of applied migrations; None if the table does not exist."""
    if await connection.fetchval("SELECT to_regclass($1)", f'"{schema}".migrations') is None:
        return None
    rows = await connection.fetch(f'SELECT name FROM "{schema}".migrations')  # noqa: S608 — checked by the settings
    return {row["name"] for row in rows}


async def _migrate(connection: Connection, schema: str, files: Sequence[Path]) -> None:
    if not await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", f'"{schema}"'):
        await connection.execute(f'CREATE SCHEMA "{schema}"')
    await connection.execute(f'SET LOCAL search_path = "{schema}"')
    applied = await applied_migrations(connection, schema)
    if applied is None:
        await connection.execute(
            "CREATE TABLE migrations"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
    for file in files:
        if file.name not in (applied or ()):
            await connection.execute(file.read_text(encoding="utf-8"))
            await connection.execute("INSERT INTO migrations (name) VALUES ($1)", file.name)
            logger.info("migration applied", extra={"file": file.name})


async def _lock_fault(connection: Connection, schema: str) -> DatabaseFault:
    rows = await connection.fetch(_HOLDERS, f'"{schema}"')
    holders = ", ".join(row[0] for row in rows) or "a transaction that has ended"
    return DatabaseFault(
        "migration_waits",
        f"the migration of schema {schema} waits for a lock (SQLSTATE 55P03) held by {holders}",
        "wait for that transaction, or end it with pg_terminate_backend; then it is retried",
    )


async def migrate_when_available(
    url: str, schema: str, files: Sequence[Path], readiness: Readiness
) -> None:
    """Wait for the database, then bring its schema to the newest version.

    Raises:
        ConfigurationError: the address is malformed, the database refuses the login or is not
            UTF-8, or a pooler is in transaction mode.
        SchemaBroken: a migration fails.
        Stopped: the stop came first.
    """

    async def attempt() -> None:
        await require_session_pooling(url)
        connection = await connect(url)
        try:
            with translated():
                require_utf8(connection)
                await migrate(connection, schema, files)
        finally:
            connection.terminate()

    await readiness.wait_for(POSTGRES, attempt, DatabaseAway)


def require_utf8(connection: Connection) -> None:
    """Require an encoding that can store every character.

    Raises:
        ConfigurationError: the encoding of the database is not UTF-8.
    """
    encoding = connection.get_settings().server_encoding
    if encoding.upper() not in {"UTF8", "UNICODE"}:
        raise ConfigurationError(
            f"DATABASE_URL: this database has the encoding {encoding}, which cannot store all"
            " names; expected UTF8, as made by: CREATE DATABASE … TEMPLATE template0 ENCODING"
            " 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )

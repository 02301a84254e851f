"""Numbered SQL files, applied once each, by one process at a time."""

import logging
from collections.abc import Sequence
from pathlib import Path

from libs.common.dependencies import Dependencies
from libs.common.postgres.pool import AWAY, POSTGRES, Connection, connect
from libs.common.postgres.sessions import require_sessions

logger = logging.getLogger(__name__)

# Any fixed number will do, as long as nobody else in the database uses it.
_LOCK = 4_877_021


async def migrate(connection: Connection, schema: str, files: Sequence[Path]) -> None:
    """Bring the schema to the newest version, in one transaction, under an advisory lock.

    The files' names need no schema: the search path is set to it.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = 0")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        await connection.execute(f'SET LOCAL search_path = "{schema}"')
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = {row["name"] for row in await connection.fetch("SELECT name FROM migrations")}
        for file in files:
            if file.name not in applied:
                await connection.execute(file.read_text(encoding="utf-8"))
                await connection.execute("INSERT INTO migrations (name) VALUES ($1)", file.name)
                logger.info("migration applied", extra={"file": file.name})


async def migrate_when_available(
    url: str, schema: str, files: Sequence[Path], dependencies: Dependencies
) -> None:
    """Wait for the database, then bring its schema to the newest version.

    Raises:
        ConfigurationError: the address is none, the database refuses us, or a pooler lends its
            connections by transaction.
        Stopped: the stop came first.
    """

    async def attempt() -> None:
        await require_sessions(url)
        connection = await connect(url)
        try:
            await migrate(connection, schema, files)
        finally:
            connection.terminate()

    await dependencies.wait_for(POSTGRES, attempt, *AWAY)

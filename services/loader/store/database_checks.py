"""Is the database as it should be: rights, schema, clock, disk."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from libs.common.clock import Clock
from libs.common.contracts.heartbeats import Finding
from libs.common.errors import ConfigurationError
from libs.common.postgres.errors import DatabaseAway
from libs.common.postgres.pool import connect
from libs.common.process.findings import Findings, clock_finding
from libs.common.process.lifecycle import Stop
from services.loader.store import undeleted
from services.loader.store.rights import lacking, tables_of

_LOOK_SECONDS = 60.0
_LEAST_FREE_PERCENT = 5
RIGHTS, SCHEMA, DISK = "database rights", "database schema", "database disk"
KEPT = "removed rows"

# Nothing where we may not know it, or where the server is another machine.
_DIRECTORY = """
SELECT setting FROM pg_settings
WHERE name = 'data_directory'
  AND (inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8')
"""


class DatabaseChecks:
    """Looks once a minute, over a connection of its own; an outage is said elsewhere."""

    def __init__(
        self, url: str, schema: str, migrations: Sequence[Path], findings: Findings, clock: Clock
    ) -> None:
        self._url = url
        self._schema = schema
        self._migrations = [file.name for file in migrations]
        self._tables = tables_of(migrations)
        self._findings = findings
        self._clock = clock

    async def run(self, stop: Stop) -> None:
        while not await stop.wait(_LOOK_SECONDS):
            await self.look()

    async def look(self) -> None:
        try:
            connection = await connect(self._url, search_path=self._schema)
        except (ConfigurationError, DatabaseAway):
            return
        try:
            await self._examine(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return
        finally:
            connection.terminate()

    async def _examine(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        database_ms = await connection.fetchval(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        )
        ahead_seconds = (database_ms - self._clock.now_ms()) / 1000
        self._findings.note(clock_finding("PostgreSQL", ahead_seconds))
        rights = await lacking(connection, self._schema, self._tables)
        self._findings.note(rights_finding(rights))
        if not rights:
            applied = await _applied(connection, self._schema)
            self._findings.note(schema_finding(applied, self._migrations))
            if applied is not None and set(self._migrations) <= set(applied):
                self._findings.note(kept_finding(await undeleted.reasons(connection)))
        directory = await connection.fetchval(_DIRECTORY)
        self._findings.note(*_disk(directory))


async def _applied(
    connection: "asyncpg.Connection[asyncpg.Record]", schema: str
) -> list[str] | None:
    """Name the migrations; None where there is no schema yet."""
    if await connection.fetchval("SELECT to_regclass($1)", f'"{schema}".migrations') is None:
        return None
    rows = await connection.fetch(f'SELECT name FROM "{schema}".migrations')  # noqa: S608 — checked by the settings
    return [row["name"] for row in rows]


def _disk(directory: str | None) -> tuple[Finding, ...]:
    if directory is None or not Path(directory).exists():
        return ()
    used = shutil.disk_usage(directory)
    return (disk_finding(used.free, used.total),)


def rights_finding(missing: Sequence[str]) -> Finding:
    if not missing:
        return Finding(subject=RIGHTS)
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return Finding(
        subject=RIGHTS,
        code="database_rights_missing",
        detail=f"The user of DATABASE_URL lacks {missing[0]}{more}",
        advice="let the owner of the database GRANT it, or make this user the schema's owner",
    )


def kept_finding(reasons: Sequence[tuple[str, int]]) -> Finding:
    """Judge rows that should be gone: how many there are, and what keeps most of them."""
    if not reasons:
        return Finding(subject=KEPT)
    reason, _ = reasons[0]
    count = sum(rows for _, rows in reasons)
    kept = "1 row is" if count == 1 else f"{count} rows are"
    return Finding(
        subject=KEPT,
        code="rows_not_removed",
        detail=f"{kept} still in the tables and should be removed or erased: {reason}",
        advice="change what is named (a foreign key: ON DELETE CASCADE); it is then tried again",
    )


def schema_finding(applied: Sequence[str] | None, ours: Sequence[str]) -> Finding:
    """Compare the migrations in the database with those of this version."""
    newer = sorted(set(applied or ()) - set(ours))
    older = sorted(set(ours) - set(applied if applied is not None else ours))
    if newer:
        return Finding(
            subject=SCHEMA,
            code="schema_newer",
            detail=f"The schema is of a later version: it has {newer[-1]}",
            advice="run the version of hemis-sync that made it, or a later one",
        )
    if older:
        return Finding(
            subject=SCHEMA,
            code="migrations_missing",
            detail=f"The schema is of an earlier version: it lacks {older[0]}",
            advice="restart the loader: it brings the schema up to date as it starts",
        )
    return Finding(subject=SCHEMA)


def disk_finding(free: int, total: int) -> Finding:
    """Judge the disk of a database on this machine; bytes."""
    percent = 100 * free // total
    told = f"{free >> 20:,} MiB ({percent} %) free"
    if percent >= _LEAST_FREE_PERCENT:
        return Finding(subject=DISK, detail=told)
    return Finding(
        subject=DISK,
        code="database_disk_low",
        detail=f"The disk of PostgreSQL has {told}",
        advice="make room: loading waits when it is full",
    )

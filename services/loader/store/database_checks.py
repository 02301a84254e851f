"""Checks the database: rights, schema, clock, disk, and rows that PostgreSQL keeps."""

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

import asyncpg

from libs.common.clock import Clock
from libs.common.contracts.heartbeats import Finding
from libs.common.errors import ConfigurationError
from libs.common.postgres.errors import DatabaseAway
from libs.common.postgres.migrations import applied_migrations
from libs.common.postgres.pool import connect
from libs.common.process.findings import Findings, clock_finding
from libs.common.process.lifecycle import Stop
from services.loader.store.removals import undeleted
from services.loader.store.rights import missing_rights, tables_of

_CHECK_SECONDS = 60.0
_MIN_FREE_PERCENT = 5
RIGHTS, SCHEMA, DISK = "database rights", "database schema", "database disk"
KEPT_ROWS = "removed rows"

# No row if this user may not see it, or if the server is another machine.
_DIRECTORY = """
SELECT setting FROM pg_settings
WHERE name = 'data_directory'
  AND (inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8')
"""


class DatabaseChecks:
    """Checks once a minute, over a connection of its own; outages are reported elsewhere."""

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
        while not await stop.wait(_CHECK_SECONDS):
            await self.run_once()

    async def run_once(self) -> None:
        try:
            connection = await connect(self._url, search_path=self._schema)
        except (ConfigurationError, DatabaseAway):
            return
        try:
            await self._check(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return
        finally:
            connection.terminate()

    async def _check(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        database_ms = await connection.fetchval(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        )
        ahead_seconds = (database_ms - self._clock.now_ms()) / 1000
        self._findings.note(clock_finding("PostgreSQL", ahead_seconds))
        rights = await missing_rights(connection, self._schema, self._tables)
        self._findings.note(rights_finding(rights))
        if not rights:
            applied = await applied_migrations(connection, self._schema)
            self._findings.note(schema_finding(applied, self._migrations))
            if applied is not None and set(self._migrations) <= applied:
                self._findings.note(kept_rows_finding(await undeleted.reasons(connection)))
        directory = await connection.fetchval(_DIRECTORY)
        self._findings.note(*_disk(directory))


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


def kept_rows_finding(reasons: Sequence[tuple[str, int]]) -> Finding:
    """Report rows that PostgreSQL keeps: how many there are, and what keeps most of them."""
    if not reasons:
        return Finding(subject=KEPT_ROWS)
    reason, _ = reasons[0]
    count = sum(rows for _, rows in reasons)
    kept = "1 row is" if count == 1 else f"{count} rows are"
    return Finding(
        subject=KEPT_ROWS,
        code="rows_not_removed",
        detail=f"{kept} still in the tables and should be removed or erased: {reason}",
        advice="change what is named (a foreign key: ON DELETE CASCADE); it is then tried again",
    )


def schema_finding(applied: Collection[str] | None, ours: Sequence[str]) -> Finding:
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
    """Report the free space of the database's disk; both numbers in bytes."""
    percent = 100 * free // total
    text = f"{free >> 20:,} MiB ({percent} %) free"
    if percent >= _MIN_FREE_PERCENT:
        return Finding(subject=DISK, detail=text)
    return Finding(
        subject=DISK,
        code="database_disk_low",
        detail=f"The disk of PostgreSQL has {text}",
        advice="make room: loading waits when it is full",
    )

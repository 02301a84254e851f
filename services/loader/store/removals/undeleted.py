"""SQL on ``undeleted`` and ``erasures``: rows that PostgreSQL still keeps."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import asyncpg

from libs.common.contracts.records import split_key
from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey
from services.loader.store.removals import states
from services.loader.store.removals.row_removal import GoneRow
from services.loader.store.statements import delete_keys

_RETRY_AFTER = "interval '10 seconds'"
_ADD = """
    INSERT INTO undeleted AS u (resource, key, sync_id, gone_at, deletes, reason)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (resource, key) DO UPDATE
    SET reason = CASE WHEN EXCLUDED.reason = '' THEN u.reason ELSE EXCLUDED.reason END,
        gone_at = greatest(u.gone_at, EXCLUDED.gone_at), tried_at = now(),
        deletes = u.deletes OR EXCLUDED.deletes
"""
_DUE = f"""
    SELECT resource, key, sync_id, gone_at, deletes, reason FROM undeleted
    WHERE tried_at < now() - {_RETRY_AFTER}
    ORDER BY tried_at LIMIT 100 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 — a constant
_ERASURE = """
    INSERT INTO erasures AS e (sync_id, resource, hemis_id, reason) VALUES ($1, $2, $3, $4)
    ON CONFLICT (sync_id, hemis_id) DO UPDATE
    SET announced = e.announced AND e.reason = EXCLUDED.reason,
        reason = EXCLUDED.reason, tried_at = now()
"""
_DUE_ERASURES = f"""
    SELECT sync_id, resource, hemis_id, reason FROM erasures
    WHERE reason <> '' AND tried_at < now() - {_RETRY_AFTER}
    ORDER BY tried_at LIMIT 100 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 — a constant
_UNPUBLISHED = (
    "SELECT sync_id, resource, hemis_id, reason FROM erasures WHERE NOT announced LIMIT 100"
)
_MARK_PUBLISHED = (
    "UPDATE erasures SET announced = true WHERE sync_id = $1 AND hemis_id = $2 AND reason = $3"
)
_DELETE_COMPLETE = "DELETE FROM erasures WHERE announced AND reason = ''"
_REASONS = """
    SELECT reason, count(*) FROM (
        SELECT reason FROM undeleted UNION ALL SELECT reason FROM erasures
    ) AS kept WHERE reason <> '' GROUP BY reason ORDER BY count(*) DESC
"""


class Undeleted(NamedTuple):
    """A row that should be removed and still stands."""

    resource: Resource
    key: str
    sync_id: str
    gone_at: datetime
    deletes: bool
    reason: str

    @property
    def gone_row(self) -> GoneRow:
        return GoneRow(row_key_of(self.key), self.gone_at)


class Erasure(NamedTuple):
    """The erasure of one person; ``reason`` says why a row is left, and is empty if none is."""

    sync_id: str
    resource: Resource
    hemis_id: int
    reason: str


def row_key_of(key: str) -> RowKey:
    person, position = split_key(key)
    return int(person), position


async def add(connection: Connection, rows: Iterable[Undeleted]) -> None:
    """Store rows to remove later; an empty reason does not replace a known one."""
    await connection.executemany(_ADD, list(rows))


async def forget(connection: Connection, resource: Resource, keys: Collection[str]) -> list[str]:
    """Delete the entries of rows that are removed or came back; return the sync of each."""
    rows = await delete_keys(connection, "undeleted", resource, keys)
    return [row["sync_id"] for row in rows]


async def count_removed(connection: Connection, resource: Resource, keys: Collection[str]) -> None:
    """Delete the entries of removed rows, and count the rows for their syncs."""
    asked = await forget(connection, resource, keys)
    for sync_id in sorted(set(asked)):
        await states.add_counts(connection, sync_id, removed=asked.count(sync_id), undecided=0)


async def lock_due(connection: Connection) -> list[Undeleted]:
    """Return up to 100 rows that were last tried over ten seconds ago; locks their entries."""
    rows = await connection.fetch(_DUE)
    return [Undeleted(Resource(row[0]), *tuple(row)[1:]) for row in rows]


async def add_erasures(
    connection: Connection, erased: Iterable[Erasure], left: Mapping[int, str]
) -> None:
    """Store erasures to publish; ``left`` says why rows of some people are left."""
    rows = [(*one[:3], left.get(one.hemis_id, "")) for one in erased]
    await connection.executemany(_ERASURE, rows)


async def lock_due_erasures(connection: Connection) -> list[Erasure]:
    """Return up to 100 erasures with rows left that are due again; locks their entries."""
    return _erasures(await connection.fetch(_DUE_ERASURES))


async def unpublished_erasures(connection: Connection) -> list[Erasure]:
    return _erasures(await connection.fetch(_UNPUBLISHED))


async def mark_erasures_published(connection: Connection, rows: Iterable[Erasure]) -> None:
    """Mark erasures as published; delete the entries of complete ones."""
    await connection.executemany(
        _MARK_PUBLISHED, [(one.sync_id, one.hemis_id, one.reason) for one in rows]
    )
    await connection.execute(_DELETE_COMPLETE)


async def reasons(connection: Connection) -> list[tuple[str, int]]:
    """Return why rows are left, with a count of each reason, the most frequent first."""
    return [(row[0], row[1]) for row in await connection.fetch(_REASONS)]


def _erasures(rows: Iterable[asyncpg.Record]) -> list[Erasure]:
    return [Erasure(row[0], Resource(row[1]), row[2], row[3]) for row in rows]

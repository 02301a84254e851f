"""SQL on ``undeleted`` and ``erasures``: rows that should be gone and are not yet."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import asyncpg

from libs.common.contracts.records import split_key
from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey
from services.loader.store import removals
from services.loader.store.gone import Gone

_RETRY_AFTER = "interval '10 seconds'"
_KEEP = """
    INSERT INTO undeleted AS u (resource, key, sync_id, gone_at, deletes, reason)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (resource, key) DO UPDATE
    SET reason = CASE WHEN EXCLUDED.reason = '' THEN u.reason ELSE EXCLUDED.reason END,
        gone_at = greatest(u.gone_at, EXCLUDED.gone_at), tried_at = now(),
        deletes = u.deletes OR EXCLUDED.deletes
"""
_HAS_ANY = "SELECT EXISTS (SELECT FROM undeleted WHERE resource = $1)"
_DROP = """
    DELETE FROM undeleted WHERE resource = $1 AND key = ANY($2::text[]) RETURNING sync_id
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
_UNANNOUNCED = (
    "SELECT sync_id, resource, hemis_id, reason FROM erasures WHERE NOT announced LIMIT 100"
)
_ANNOUNCED = (
    "UPDATE erasures SET announced = true WHERE sync_id = $1 AND hemis_id = $2 AND reason = $3"
)
_FORGET = "DELETE FROM erasures WHERE announced AND reason = ''"
_REASONS = """
    SELECT reason, count(*) FROM (
        SELECT reason FROM undeleted UNION ALL SELECT reason FROM erasures
    ) AS kept WHERE reason <> '' GROUP BY reason ORDER BY count(*) DESC
"""


class Undeleted(NamedTuple):
    """A row that should be gone and is not."""

    resource: Resource
    key: str
    sync_id: str
    gone_at: datetime
    deletes: bool
    reason: str

    @property
    def gone(self) -> Gone:
        return Gone(row_key_of(self.key), self.gone_at)


class Erasure(NamedTuple):
    """The erasure of one person, and why a row is left; the reason is empty if none is."""

    sync_id: str
    resource: Resource
    hemis_id: int
    reason: str


def row_key_of(key: str) -> RowKey:
    person, position = split_key(key)
    return int(person), position


async def keep(connection: Connection, rows: Iterable[Undeleted]) -> None:
    """Note rows to be tried again; an empty reason does not replace a known one."""
    await connection.executemany(_KEEP, list(rows))


async def drop(connection: Connection, resource: Resource, keys: Collection[str]) -> list[str]:
    """Delete the notes of rows that are gone or came back; return the sync of each."""
    # Nearly always there is none, and a batch has thousands of keys.
    if not keys or not await connection.fetchval(_HAS_ANY, resource):
        return []
    return [row["sync_id"] for row in await connection.fetch(_DROP, resource, list(keys))]


async def count_removed(connection: Connection, resource: Resource, keys: Collection[str]) -> None:
    """Delete the notes of rows that were removed, and count them for their syncs."""
    asked = await drop(connection, resource, keys)
    for sync_id in sorted(set(asked)):
        await removals.add(connection, sync_id, removed=asked.count(sync_id), undecided=0)


async def due(connection: Connection) -> list[Undeleted]:
    """Return up to 100 rows last tried over ten seconds ago; locks their notes."""
    rows = await connection.fetch(_DUE)
    return [Undeleted(Resource(row[0]), *tuple(row)[1:]) for row in rows]


async def note_erasures(
    connection: Connection, erased: Iterable[Erasure], left: Mapping[int, str]
) -> None:
    """Note each until it is published; ``left``: why rows of some people are left."""
    rows = [(*one[:3], left.get(one.hemis_id, "")) for one in erased]
    await connection.executemany(_ERASURE, rows)


async def due_erasures(connection: Connection) -> list[Erasure]:
    return _erasures(await connection.fetch(_DUE_ERASURES))


async def unannounced(connection: Connection) -> list[Erasure]:
    return _erasures(await connection.fetch(_UNANNOUNCED))


async def mark_announced(connection: Connection, rows: Iterable[Erasure]) -> None:
    """Note what was published; delete the notes of erasures that are complete."""
    await connection.executemany(
        _ANNOUNCED, [(one.sync_id, one.hemis_id, one.reason) for one in rows]
    )
    await connection.execute(_FORGET)


async def reasons(connection: Connection) -> list[tuple[str, int]]:
    """Return why rows are left, with a count for each reason, the most frequent first."""
    return [(row[0], row[1]) for row in await connection.fetch(_REASONS)]


def _erasures(rows: Iterable[asyncpg.Record]) -> list[Erasure]:
    return [Erasure(row[0], Resource(row[1]), row[2], row[3]) for row in rows]

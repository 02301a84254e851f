"""SQL that tells which syncs are settled, and SQL on ``followed``: how far a topic was read."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from libs.common.postgres.pool import Connection
from services.loader.progress.facts import OffsetFingerprint, ReadPosition
from services.loader.store.statements import RESUMABLE

KEPT_AFTER_END = timedelta(minutes=10)
"""How long an ended sync is not settled: a promoted standby may lag and lack its row."""
_STATUSES = f"""
    SELECT w.sync_id, s.attempt, s.ended_at IS NOT NULL AS is_ended,
        EXISTS (SELECT FROM unseen u WHERE u.sync_id = w.sync_id) AS is_asking,
        (s.sync_id IS NULL OR (
            s.announced_revision >= s.revision
            AND s.ended_at < now() - CASE WHEN s.outcome IN ('failed', 'cancelled')
                THEN {RESUMABLE} ELSE interval '{KEPT_AFTER_END.seconds} seconds' END
        ))
        AND NOT EXISTS (SELECT FROM sync_drift d WHERE d.sync_id = w.sync_id)
        AND NOT EXISTS (
            SELECT FROM removals r WHERE r.sync_id = w.sync_id
            AND (r.announced_revision < r.revision OR r.state IN ('held', 'asking'))
        ) AS is_settled
    FROM unnest($1::text[]) AS w (sync_id) LEFT JOIN syncs s USING (sync_id)
"""  # noqa: S608 — constants
_READ_POSITION = """
    SELECT next_offset, last_offset, last_message, noted_at FROM followed
    WHERE topic = $1 AND least(next_offset, last_offset) >= 0
"""
_WRITE_POSITION = """
    INSERT INTO followed AS f (topic, next_offset, last_offset, last_message)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (topic) DO UPDATE
    SET next_offset = $2, last_offset = $3, last_message = $4,
        noted_at = greatest(now(), f.noted_at)
    WHERE (f.last_offset <= $3 OR $5) AND ($6::timestamptz IS NULL OR f.noted_at >= $6)
    RETURNING noted_at
"""


class StoredStatus(NamedTuple):
    """What the tables hold of a sync."""

    attempt: int | None
    """None if it has no row."""
    is_ended: bool
    is_asking: bool
    """Whether answers of the fetcher are awaited."""
    is_settled: bool
    """Whether the tables show nothing left to do or to publish."""

    def has_ended(self, attempt: int) -> bool:
        return self.is_ended and self.attempt is not None and self.attempt >= attempt


async def stored_statuses(
    connection: Connection, sync_ids: Collection[str]
) -> dict[str, StoredStatus]:
    rows = await connection.fetch(_STATUSES, list(sync_ids))
    return {row[0]: StoredStatus(*row[1:]) for row in rows}


async def read_position(connection: Connection, topic: str) -> tuple[ReadPosition, datetime] | None:
    """Return how far a topic was read and when that was written; None if never."""
    row = await connection.fetchrow(_READ_POSITION, topic)
    if row is None:
        return None
    return ReadPosition(row[0], OffsetFingerprint(row[1], row[2])), row[3]


async def write_position(
    connection: Connection,
    topic: str,
    position: ReadPosition,
    seen: datetime | None = None,
    *,
    is_new_topic: bool = False,
) -> datetime | None:
    """Write how far a topic was read, and return when; None if another loader is ahead.

    ``is_new_topic`` replaces the position of the old topic. A row written before ``seen`` stays,
    since it belongs to a database that was restored from a backup.
    """
    found: datetime | None = await connection.fetchval(
        _WRITE_POSITION, topic, position.next_offset, *position.last, is_new_topic, seen
    )
    return found

"""SQL on settled syncs, and on how far a topic was read."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from libs.common.postgres.pool import Connection
from services.loader.progress.facts import Followed, Mark

EPOCH = datetime.fromtimestamp(0, UTC)


# Kept for ten minutes: a promoted standby may lag that long, and its lost rows are written again.
# A failed or cancelled sync can be resumed for 24 hours.
_STATUSES = """
    SELECT w.sync_id, s.attempt, s.ended_at IS NOT NULL AS is_ended,
        EXISTS (SELECT FROM unseen u WHERE u.sync_id = w.sync_id) AS is_asking,
        (s.sync_id IS NULL OR (
            s.announced_revision >= s.revision
            AND s.ended_at < now() - CASE WHEN s.outcome IN ('failed', 'cancelled')
                THEN interval '25 hours' ELSE interval '10 minutes' END
        ))
        AND NOT EXISTS (SELECT FROM sync_drift d WHERE d.sync_id = w.sync_id)
        AND NOT EXISTS (
            SELECT FROM removals r WHERE r.sync_id = w.sync_id
            AND (r.announced_revision < r.revision OR r.state IN ('held', 'asking'))
        ) AS is_settled
    FROM unnest($1::text[]) AS w (sync_id) LEFT JOIN syncs s USING (sync_id)
"""
_LOOK = """
    SELECT next_offset, last_offset, last_message, noted_at FROM followed
    WHERE topic = $1 AND least(next_offset, last_offset) >= 0
"""
_REMEMBER = """
    INSERT INTO followed AS f (topic, next_offset, last_offset, last_message)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (topic) DO UPDATE
    SET next_offset = $2, last_offset = $3, last_message = $4,
        noted_at = greatest(now(), f.noted_at)
    WHERE (f.last_offset <= $3 OR $5) AND ($6::timestamptz IS NULL OR f.noted_at >= $6)
    RETURNING noted_at
"""


class StoredStatus(NamedTuple):
    """What the tables say of a sync."""

    attempt: int | None
    """None where it has no row."""
    is_ended: bool
    is_asking: bool
    """Whether the fetcher still has to answer."""
    is_settled: bool
    """As far as the tables show, nothing is left to do or to publish."""

    def has_ended(self, attempt: int) -> bool:
        return self.is_ended and self.attempt is not None and self.attempt >= attempt


async def stored_statuses(
    connection: Connection, sync_ids: Collection[str]
) -> dict[str, StoredStatus]:
    rows = await connection.fetch(_STATUSES, list(sync_ids))
    return {row[0]: StoredStatus(*row[1:]) for row in rows}


async def followed(connection: Connection, topic: str) -> tuple[Followed, datetime] | None:
    """Return how far a topic was read and when that was noted; None if never."""
    row = await connection.fetchrow(_LOOK, topic)
    return (Followed(row[0], Mark(row[1], row[2])), row[3]) if row is not None else None


async def remember(
    connection: Connection,
    topic: str,
    place: Followed,
    seen: datetime | None = None,
    *,
    is_anew: bool = False,
) -> datetime | None:
    """Note how far a topic was read, and return when; None if another loader is ahead.

    ``is_anew``: the topic has changed, so replace what was noted. A row that was noted before
    ``seen`` is left alone: it is of a database that was restored from a backup.
    """
    found: datetime | None = await connection.fetchval(
        _REMEMBER, topic, place.next_offset, *place.last, is_anew, seen
    )
    return found

"""SQL on ``syncs`` and ``sync_effects``: batches add counts, a sync is closed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFinished, SyncStarted
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from libs.common.contracts.times import milliseconds, moment
from libs.common.postgres.pool import Connection
from services.loader.progress.facts import SyncFacts
from services.loader.progress.report import ClosedSync
from services.loader.records.decide import Effect
from services.loader.records.effects import BatchEffects, SyncPartition
from services.loader.records.incoming import storable
from services.loader.store.statements import ON_TOPIC, RESUMABLE

_ADD_COUNTS = """
    INSERT INTO syncs AS s (
        sync_id, resource, kind, mode, trigger, requested_by, attempt, started_at,
        inserted, updated, unchanged, rejected, revision
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)
    ON CONFLICT (sync_id) DO UPDATE SET
        attempt   = EXCLUDED.attempt,
        ended_at  = NULL,
        outcome   = NULL,
        complete  = NULL,
        inserted  = s.inserted + EXCLUDED.inserted,
        updated   = s.updated + EXCLUDED.updated,
        unchanged = s.unchanged + EXCLUDED.unchanged,
        rejected  = s.rejected + EXCLUDED.rejected,
        revision  = s.revision + 1
    WHERE s.ended_at IS NULL OR s.attempt < EXCLUDED.attempt
    RETURNING inserted, updated, unchanged, rejected, revision,
              (SELECT database_epoch FROM installation)
"""
_CLOSE = """
    INSERT INTO syncs AS s (
        sync_id, resource, kind, mode, trigger, requested_by,
        attempt, started_at, ended_at, outcome, complete, reason, source_total, fetched,
        distinct_records, missing, departed, inserted, updated, unchanged, rejected, retries,
        failed_pages, hemis_ids, suppressed, revision, announced_revision
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22, $23, $24, $25, 1, $26::boolean::integer)
    ON CONFLICT (sync_id) DO UPDATE SET
        attempt = $7, started_at = least(s.started_at, $8), ended_at = $9, outcome = $10,
        complete = $11, reason = $12, source_total = $13, fetched = $14,
        distinct_records = $15, missing = $16, departed = $17,
        inserted = $18, updated = $19, unchanged = $20, rejected = $21, retries = $22,
        failed_pages = $23, hemis_ids = $24, suppressed = $25,
        revision = s.revision + 1,
        announced_revision = CASE WHEN $26 THEN s.revision + 1 ELSE s.announced_revision END
    WHERE s.ended_at IS NULL OR s.attempt < $7
"""
_OPEN_COUNTS = (
    "SELECT sync_id, inserted, updated, unchanged, rejected FROM syncs WHERE ended_at IS NULL"
)
_READ_EFFECTS = """
    SELECT effect, keys FROM sync_effects
    WHERE sync_id = $1 AND topic = $2 AND partition = $3 ORDER BY id
"""
_WRITE_EFFECTS = """
    INSERT INTO sync_effects (sync_id, topic, partition, effect, keys)
    VALUES ($1, $2, $3, $4, $5)
"""
_DELETE_EFFECTS = f"""
    DELETE FROM sync_effects e USING syncs s
    WHERE s.sync_id = e.sync_id
      AND (s.outcome = 'completed' OR s.ended_at < now() - {RESUMABLE})
"""  # noqa: S608 — a constant


_UNPUBLISHED = """
    SELECT s.*, i.database_epoch FROM syncs s CROSS JOIN installation i
    WHERE s.announced_revision < s.revision ORDER BY s.sync_id LIMIT 100
"""
# Publishes a bounded number again, and nothing that the topic no longer has to keep.
_MARK_RECENT_UNPUBLISHED = f"""
    UPDATE syncs SET announced_revision = 0
    WHERE announced_revision > 0 AND ended_at > $1 AND sync_id IN (
        (SELECT DISTINCT ON (resource) sync_id FROM syncs
         WHERE kind = 'full' AND ended_at > now() - {ON_TOPIC}
         ORDER BY resource, ended_at DESC)
        UNION ALL
        (SELECT sync_id FROM syncs WHERE ended_at > now() - interval '7 days'
         ORDER BY ended_at DESC LIMIT 100)
    )
"""  # noqa: S608 — a constant
_MARK_UNPUBLISHED = "UPDATE syncs SET announced_revision = 0 WHERE sync_id = $1"
_MARK_PUBLISHED = (
    "UPDATE syncs SET announced_revision = $2 WHERE sync_id = $1 AND announced_revision < $2"
)


class Totals(NamedTuple):
    """Counts of a sync that is not closed; epoch and revision order them."""

    counts: SyncCounts
    revision: int
    epoch: int


def _identity(started: SyncStarted) -> tuple[str | None, ...]:
    return (
        started.sync_id,
        started.resource,
        started.kind,
        started.mode,
        started.trigger,
        started.requested_by and storable(started.requested_by),
    )


async def add_counts(connection: Connection, facts: SyncFacts, delta: SyncCounts) -> Totals | None:
    """Add to the counts of a sync, which may have no row yet; None if it is closed already."""
    assert facts.started is not None  # noqa: S101 — only started syncs are counted
    row = await connection.fetchrow(
        _ADD_COUNTS,
        *_identity(facts.started),
        facts.started.attempt,
        moment(facts.started_at),
        *delta,
    )
    return None if row is None else Totals(SyncCounts(*row[:4]), row[4], row[5])


async def open_counts(connection: Connection) -> dict[str, SyncCounts]:
    """Return the counts of each sync that is not closed."""
    return {row[0]: SyncCounts(*row[1:]) for row in await connection.fetch(_OPEN_COUNTS)}


Ended = tuple[SyncStarted, ClosedSync]


async def close(
    connection: Connection, ended: Iterable[Ended], *, is_published: bool = False
) -> None:
    """Write how syncs ended; ``is_published`` if the topic shows it already."""
    rows = [(*_identity(started), *_values(closed), is_published) for started, closed in ended]
    await connection.executemany(_CLOSE, rows)
    await connection.execute(_DELETE_EFFECTS)


def _values(closed: ClosedSync) -> ClosedSync:
    return closed._replace(
        reason=storable(closed.reason),
        started_at=moment(closed.started_at),  # type: ignore[arg-type]  # the column is a timestamp
        ended_at=moment(closed.ended_at),  # type: ignore[arg-type]
    )


async def database_epoch(connection: Connection) -> int:
    """Return when the schema was created, in unix milliseconds."""
    return int(await connection.fetchval("SELECT database_epoch FROM installation"))


async def read_effects(connection: Connection, of: SyncPartition) -> list[tuple[Effect, list[str]]]:
    """Return the stored effects of a sync in one partition, oldest first."""
    rows = await connection.fetch(_READ_EFFECTS, of.sync_id, *of.partition)
    return [(Effect(row["effect"]), row["keys"]) for row in rows]


async def write_effects(connection: Connection, batch: BatchEffects) -> None:
    rows = [
        (
            of.sync_id,
            *of.partition,
            effect,
            sorted(key for key, found in changed.items() if found is effect),
        )
        for of, changed in batch.changed.items()
        for effect in set(changed.values())
    ]
    await connection.executemany(_WRITE_EFFECTS, rows)


@dataclass(frozen=True, slots=True)
class UnpublishedSync:
    """A row whose revision the progress topic does not show yet."""

    sync_id: str
    resource: Resource
    totals: Totals
    report: SyncFinished | None
    """The report of a completed sync; None for any other, of which only totals are published."""


async def unpublished(connection: Connection) -> list[UnpublishedSync]:
    return [_unpublished(row) for row in await connection.fetch(_UNPUBLISHED)]


async def mark_published(connection: Connection, rows: Sequence[UnpublishedSync]) -> None:
    await connection.executemany(
        _MARK_PUBLISHED, [(row.sync_id, row.totals.revision) for row in rows]
    )


async def mark_recent_unpublished(connection: Connection, since: datetime) -> None:
    """Mark the newest ended syncs as unpublished, since the topic may have lost them."""
    await connection.execute(_MARK_RECENT_UNPUBLISHED, since)


async def mark_unpublished(connection: Connection, sync_id: str) -> None:
    """Mark the report of one sync as unpublished."""
    await connection.execute(_MARK_UNPUBLISHED, sync_id)


def _unpublished(row: asyncpg.Record) -> UnpublishedSync:
    counts = SyncCounts(*(row[name] for name in SyncCounts._fields))
    return UnpublishedSync(
        sync_id=row["sync_id"],
        resource=Resource(row["resource"]),
        totals=Totals(counts, row["revision"], row["database_epoch"]),
        report=_report(row) if row["outcome"] == Outcome.COMPLETED else None,
    )


def _report(row: asyncpg.Record) -> SyncFinished:
    same = set(SyncFinished.__struct_fields__) & set(row.keys()) - {"resource", "started_at"}
    values = {name: row[name] for name in same}
    return SyncFinished(
        **values
        | {
            "resource": Resource(row["resource"]),
            "at": milliseconds(row["ended_at"]),
            "started_at": milliseconds(row["started_at"]),
            "distinct": row["distinct_records"],
            "failed_pages": tuple(row["failed_pages"]),
            "hemis_ids": tuple(row["hemis_ids"]),
        }
    )

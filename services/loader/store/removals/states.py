"""SQL on ``removals``: state and totals of the rows that a sync did not see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from libs.common.contracts.enums import RemovalState
from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.progress.removal_rules import Policy, RemovalRules, UnseenCounts

_SUPERSEDE = """
    UPDATE removals SET state = 'superseded', revision = revision + 1
    WHERE resource = $1 AND state IN ('held', 'asking')
"""
_BEGIN = """
    INSERT INTO removals (sync_id, resource, state, missing, vacated, allowed)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_DECIDE = """
    UPDATE removals SET state = $2, revision = revision + 1
    WHERE sync_id = $1 AND state = 'held' RETURNING sync_id
"""
_DISCARD = "DELETE FROM unseen WHERE sync_id = $1 AND NOT vacated"
_ADD_COUNTS = """
    UPDATE removals SET removed = removed + $2, undecided = undecided + $3, revision = revision + 1
    WHERE sync_id = $1
"""
_FINISH = """
    UPDATE removals r SET state = 'done', revision = revision + 1
    WHERE state = 'asking' AND NOT EXISTS (
        SELECT FROM unseen u WHERE u.sync_id = r.sync_id AND ($1 <> 'keep' OR u.vacated)
    ) AND NOT EXISTS (
        SELECT FROM undeleted d WHERE d.sync_id = r.sync_id AND d.reason = ''
    )
"""
_KNOWN = "SELECT sync_id FROM removals WHERE sync_id = ANY($1::text[])"
_UNPUBLISHED = """
    SELECT r.*, i.database_epoch FROM removals r CROSS JOIN installation i
    WHERE r.announced_revision < r.revision ORDER BY r.sync_id LIMIT 100
"""
_MARK_RECENT_UNPUBLISHED = """
    UPDATE removals SET announced_revision = 0 WHERE state IN ('held', 'asking') OR sync_id IN (
        SELECT sync_id FROM syncs WHERE ended_at > greatest($1, now() - interval '7 days')
    )
"""
_MARK_PUBLISHED = """
    UPDATE removals SET announced_revision = $2 WHERE sync_id = $1 AND announced_revision < $2
"""


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """One row; epoch and revision order its versions."""

    sync_id: str
    resource: Resource
    state: RemovalState
    missing: int
    vacated: int
    allowed: int
    removed: int
    undecided: int
    revision: int
    epoch: int


async def supersede(connection: Connection, resource: Resource) -> None:
    """End the removals of earlier syncs; a later complete sync replaces them."""
    await connection.execute(_SUPERSEDE, resource)


async def begin(
    connection: Connection,
    sync_id: str,
    resource: Resource,
    unseen: UnseenCounts,
    rules: RemovalRules,
) -> None:
    if unseen.missing or unseen.vacated:
        state, allowed = rules.first_state(unseen), rules.allowed(unseen)
        counts = (unseen.missing, unseen.vacated, allowed)
        await connection.execute(_BEGIN, sync_id, resource, state, *counts)


async def decide(connection: Connection, sync_id: str, state: RemovalState) -> bool:
    """Approve (``asking``) or discard held removals; tell whether any were held."""
    found = await connection.fetchval(_DECIDE, sync_id, state)
    if found is not None and state is RemovalState.DISCARDED:
        await connection.execute(_DISCARD, sync_id)
    return found is not None


async def add_counts(connection: Connection, sync_id: str, *, removed: int, undecided: int) -> None:
    await connection.execute(_ADD_COUNTS, sync_id, removed, undecided)


async def finish(connection: Connection, policy: Policy) -> None:
    """End removals without open questions whose tombstones are all loaded."""
    await connection.execute(_FINISH, policy)


async def known(connection: Connection, sync_ids: Collection[str]) -> set[str]:
    """Return the syncs that have a row."""
    return {row[0] for row in await connection.fetch(_KNOWN, list(sync_ids))}


async def unpublished(connection: Connection) -> list[RemovalRow]:
    return [_row(found) for found in await connection.fetch(_UNPUBLISHED)]


async def mark_published(connection: Connection, rows: Collection[RemovalRow]) -> None:
    await connection.executemany(_MARK_PUBLISHED, [(row.sync_id, row.revision) for row in rows])


async def mark_recent_unpublished(connection: Connection, since: datetime) -> None:
    """Mark open and recent removals as unpublished, since the topic may have lost them."""
    await connection.execute(_MARK_RECENT_UNPUBLISHED, since)


def _row(found: asyncpg.Record) -> RemovalRow:
    names = ("sync_id", "missing", "vacated", "allowed", "removed", "undecided", "revision")
    return RemovalRow(
        **{name: found[name] for name in names},
        resource=Resource(found["resource"]),
        state=RemovalState(found["state"]),
        epoch=found["database_epoch"],
    )

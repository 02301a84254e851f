"""SQL on ``unseen``: the rows that a complete sync did not see, until HEMIS has answered."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import Table
from services.loader.progress.removal_rules import NONE_UNSEEN, Policy, UnseenCounts
from services.loader.store.statements import ALLOW_HASH_JOINS, delete_keys

MAX_ASKED_AT_ONCE = 100
_MAX_NUMBER_LENGTH = 64

_WRITE = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT unnest(keys) AS key FROM sync_effects WHERE sync_id = $1
    ),
    people AS MATERIALIZED (SELECT DISTINCT split_part(key, ':', 1) AS person FROM seen),
    written AS (
        INSERT INTO unseen (resource, key, hemis_id, id_number, sync_id, vacated)
        SELECT $2, {key}, r.hemis_id, {number}, $1, people.person IS NOT NULL
        FROM {table} r
        LEFT JOIN seen ON seen.key = {key}
        LEFT JOIN people ON people.person = r.hemis_id::text
        WHERE r.removed_at IS NULL AND r.fetched_at < $3 AND seen.key IS NULL
          AND ($4 <> 'keep' OR people.person IS NOT NULL)
        RETURNING vacated
    )
    SELECT count(*) FILTER (WHERE NOT vacated), count(*) FILTER (WHERE vacated),
           (SELECT count(*) FROM {table} WHERE removed_at IS NULL)
    FROM written
"""
_FORGET_ALL = "DELETE FROM unseen WHERE resource = $1"
# Asks for the next ones when the last ones are answered, or were asked for 30 seconds ago.
_TAKE_DUE = """
    WITH due AS (
        SELECT u.key FROM unseen u JOIN removals r USING (sync_id)
        WHERE u.resource = $1
          AND (u.vacated OR ($2 <> 'keep' AND r.state = 'asking'))
          AND NOT EXISTS (
              SELECT FROM unseen asked
              WHERE asked.resource = $1 AND asked.asked_at >= now() - interval '30 seconds'
          )
        ORDER BY u.asked_at NULLS FIRST, u.key
        LIMIT $3
        FOR UPDATE OF u SKIP LOCKED
    )
    UPDATE unseen u SET asked_at = now() FROM due WHERE u.resource = $1 AND u.key = due.key
    RETURNING u.sync_id, u.key, u.id_number, u.vacated
"""
_OPEN_SYNCS = "SELECT DISTINCT sync_id FROM unseen"
_FORGET_ANSWERED = "DELETE FROM unseen WHERE sync_id = $1 AND key = ANY($2::text[]) RETURNING key"


class MissingKey(NamedTuple):
    """The key of an unseen row, for which HEMIS is asked."""

    sync_id: str
    key: str
    id_number: str
    vacated: bool


class UnseenStore:
    """Finds unseen rows; the SQL depends on the table, and its names come from the mapping."""

    def __init__(self, tables: Mapping[Resource, Table]) -> None:
        self._write = {resource: _write_sql(resource, table) for resource, table in tables.items()}

    async def write(
        self,
        connection: Connection,
        sync: tuple[str, Resource],
        began: datetime,
        policy: Policy,
    ) -> UnseenCounts:
        """Write the keys of rows that were fetched before this sync and not seen by it."""
        sync_id, resource = sync
        await connection.execute(_FORGET_ALL, resource)
        if policy == "keep" and not resource.keyed_by_position:
            return NONE_UNSEEN
        await connection.execute(ALLOW_HASH_JOINS)
        row = await connection.fetchrow(self._write[resource], sync_id, resource, began, policy)
        assert row is not None  # noqa: S101 — counts are one row, whatever they count
        return UnseenCounts(*row)


async def take_due(connection: Connection, resource: Resource, policy: Policy) -> list[MissingKey]:
    """Return the keys to ask for now; each comes again every 30 seconds until answered."""
    rows = await connection.fetch(_TAKE_DUE, resource, policy, MAX_ASKED_AT_ONCE)
    return sorted(MissingKey(*row) for row in rows)


async def open_syncs(connection: Connection) -> set[str]:
    return {row[0] for row in await connection.fetch(_OPEN_SYNCS)}


async def forget_answered(connection: Connection, sync_id: str, keys: Collection[str]) -> set[str]:
    """Delete answered keys; return those that were still open."""
    return {row[0] for row in await connection.fetch(_FORGET_ANSWERED, sync_id, list(keys))}


async def forget_loaded(connection: Connection, resource: Resource, keys: Collection[str]) -> None:
    """Delete keys of which a record was loaded: HEMIS still has them."""
    await delete_keys(connection, "unseen", resource, keys)


def _write_sql(resource: Resource, table: Table) -> str:
    number = f"r.{resource.number_field}"
    short = f"CASE WHEN length({number}) <= {_MAX_NUMBER_LENGTH} THEN {number} ELSE '' END"
    return _WRITE.format(
        table=table.name,
        key=table.key_text,
        number=short if resource.number_field else "''",
    )

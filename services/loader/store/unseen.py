"""SQL on ``unseen``: keys of rows that a complete sync did not see, and their end."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import Table
from services.loader.progress.removal_rules import NOTHING, Policy, Unseen

MOST_ASKED_AT_ONCE = 100
_LONGEST_NUMBER = 64

# The one place where all rows are compared with all keys, and so for hash joins.
_PLAN = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on"
_NAME = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT unnest(keys) AS key FROM sync_effects WHERE sync_id = $1
    ),
    people AS MATERIALIZED (SELECT DISTINCT split_part(key, ':', 1) AS person FROM seen),
    named AS (
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
    FROM named
"""
_FORGET = "DELETE FROM unseen WHERE resource = $1"
# The next ones once those asked for before are answered, or were asked for half a minute ago.
_ASK = """
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
_STRIKE = "DELETE FROM unseen WHERE sync_id = $1 AND key = ANY($2::text[]) RETURNING key"
_HAS_ANY = "SELECT EXISTS (SELECT FROM unseen WHERE resource = $1)"
_STRIKE_LOADED = "DELETE FROM unseen WHERE resource = $1 AND key = ANY($2::text[])"


class Asked(NamedTuple):
    """A key to ask HEMIS for."""

    sync_id: str
    key: str
    id_number: str
    vacated: bool


class UnseenStore:
    """The statements that depend on a resource's table; names come from the mapping."""

    def __init__(self, tables: Mapping[Resource, Table]) -> None:
        self._name = {resource: _name_sql(resource, table) for resource, table in tables.items()}

    async def name(
        self,
        connection: Connection,
        sync: tuple[str, Resource],
        began: datetime,
        policy: Policy,
    ) -> Unseen:
        """Write the keys of rows that were fetched before this sync began and not seen by it."""
        sync_id, resource = sync
        await connection.execute(_FORGET, resource)
        if policy == "keep" and not resource.keyed_by_position:
            return NOTHING
        await connection.execute(_PLAN)
        row = await connection.fetchrow(self._name[resource], sync_id, resource, began, policy)
        assert row is not None  # noqa: S101 — counts are one row, whatever they count
        return Unseen(*row)


async def due(connection: Connection, resource: Resource, policy: Policy) -> list[Asked]:
    """Take what is to be asked for now; each again every half minute until answered."""
    rows = await connection.fetch(_ASK, resource, policy, MOST_ASKED_AT_ONCE)
    return sorted(Asked(*row) for row in rows)


async def open_syncs(connection: Connection) -> set[str]:
    return {row[0] for row in await connection.fetch(_OPEN_SYNCS)}


async def strike(connection: Connection, sync_id: str, keys: Collection[str]) -> set[str]:
    """Forget keys that were answered; return those that were still open."""
    return {row[0] for row in await connection.fetch(_STRIKE, sync_id, list(keys))}


async def strike_loaded(connection: Connection, resource: Resource, keys: Collection[str]) -> None:
    """Forget keys of which a record was loaded: they were seen after all."""
    # Nearly always there is none, and a batch has thousands of keys.
    if keys and await connection.fetchval(_HAS_ANY, resource):
        await connection.execute(_STRIKE_LOADED, resource, list(keys))


def _name_sql(resource: Resource, table: Table) -> str:
    number = f"r.{resource.number_field}"
    short = f"CASE WHEN length({number}) <= {_LONGEST_NUMBER} THEN {number} ELSE '' END"
    return _NAME.format(
        table=table.name,
        key="r.hemis_id || ':' || r.position_key"
        if table.keyed_by_position
        else "r.hemis_id::text",
        number=short if resource.number_field else "''",
    )

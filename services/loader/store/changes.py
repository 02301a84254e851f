"""SQL on ``changes``: which columns an update changed, from what to what."""

from collections.abc import Collection

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import Table
from services.loader.records.incoming import IncomingRecord

_NOT_OF_HEMIS = frozenset(("content_hash", "fetched_at"))
_COMPARED = (
    "CASE WHEN t.{name} IS DISTINCT FROM {new} THEN"
    " jsonb_build_object('{name}', jsonb_build_array(t.{name}, {new})) ELSE '{{}}' END"
)
_ERASE = "DELETE FROM changes WHERE resource = $1 AND hemis_id = ANY($2::bigint[])"


class ChangeStore:
    """Writes what a batch changes in the rows of one table."""

    def __init__(self, resource: Resource, table: Table, stage: str) -> None:
        self._resource = resource
        self._sql = _sql(table, stage)

    async def write(self, connection: Connection, records: Collection[IncomingRecord]) -> None:
        """Compare staged rows with the table's, before the table gets them."""
        people = [record.row_key[0] for record in records]
        positions = [record.row_key[1] for record in records]
        sync_ids = [record.sync_id for record in records]
        await connection.execute(self._sql, self._resource, people, positions, sync_ids)


async def erase(connection: Connection, resource: Resource, people: Collection[int]) -> None:
    await connection.execute(_ERASE, resource, list(people))


async def keep_partitions(connection: Connection, days: int) -> None:
    """Create the partitions of this month and the next; drop those older than so many days."""
    await connection.execute("SELECT keep_changes($1)", days)


def _sql(table: Table, stage: str) -> str:
    compared = [_COMPARED.format(name=name, new=f"s.{name}") for name in _own_columns(table)]
    # A row that comes back was marked as removed.
    compared.append(_COMPARED.format(name="removed_at", new="NULL::timestamptz"))
    keys = ", ".join(table.key_columns)
    position = "s.position_key" if table.keyed_by_position else "NULL"
    return f"""
        INSERT INTO changes (resource, hemis_id, position_key, sync_id, columns)
        SELECT $1::text, s.hemis_id, {position}, w.sync_id, c.columns
        FROM {stage} s
        JOIN {table.name} t USING ({keys})
        JOIN unnest($2::bigint[], $3::text[], $4::text[]) AS w (hemis_id, position_key, sync_id)
            USING ({keys})
        CROSS JOIN LATERAL (SELECT {" || ".join(compared)}) AS c (columns)
        WHERE c.columns <> '{{}}'
    """  # noqa: S608 — names from the mapping


def _own_columns(table: Table) -> list[str]:
    left_out = _NOT_OF_HEMIS.union(table.key_columns)
    return [name for name in table.columns if name not in left_out]

"""SQL on the table of a resource: reads versions, stages a batch and upserts it."""

from collections.abc import Collection, Sequence

from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey, Table
from services.loader.records.decide import Version
from services.loader.records.incoming import IncomingRecord
from services.loader.store.statements import assignments, copy_rows


class RowStore:
    """The statements of one table; names come from the mapping, values are parameters."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.stage_name = f"stage_{table.name}"
        self._versions = _versions_sql(table)
        self._upsert = _upsert_sql(table, self.stage_name)

    async def prepare(self, connection: Connection) -> None:
        """Create the temporary staging table of a connection; each commit empties it."""
        columns = ", ".join(self._table.columns)
        await connection.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {self.stage_name} ON COMMIT DELETE ROWS"  # noqa: S608 — names from the mapping
            f" AS SELECT {columns} FROM {self._table.name} WITH NO DATA"
        )

    async def versions(
        self, connection: Connection, keys: Collection[RowKey]
    ) -> dict[RowKey, Version]:
        people = [hemis_id for hemis_id, _ in keys]
        positions = [position for _, position in keys]
        keyed = (people, positions)[: len(self._table.key_columns)]
        rows = await connection.fetch(self._versions, *keyed)
        return {(row[0], row[1]): Version(*tuple(row)[2:]) for row in rows}

    async def stage(self, connection: Connection, records: Sequence[IncomingRecord]) -> None:
        rows = [record.row for record in records if record.row is not None]
        await copy_rows(connection, self.stage_name, self._table.columns, rows)

    async def upsert(self, connection: Connection) -> None:
        await connection.execute(self._upsert)


def _versions_sql(table: Table) -> str:
    state = "content_hash, fetched_at, removed_at IS NOT NULL, unlisted_since"
    if not table.keyed_by_position:
        return f"SELECT hemis_id, '', {state} FROM {table.name} WHERE hemis_id = ANY($1::bigint[])"  # noqa: S608 — names from the mapping
    return (
        f"SELECT hemis_id, position_key, {state} FROM {table.name}"  # noqa: S608 — names from the mapping
        " JOIN unnest($1::bigint[], $2::text[]) AS wanted (hemis_id, position_key)"
        " USING (hemis_id, position_key)"
    )


def _upsert_sql(table: Table, stage: str) -> str:
    columns = ", ".join(table.columns)
    changes = assignments([name for name in table.columns if name not in table.key_columns])
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {stage}"  # noqa: S608 — names from the mapping
        f" ON CONFLICT ({', '.join(table.key_columns)})"
        f" DO UPDATE SET {changes}, synced_at = now(), removed_at = NULL,"
        f" unlisted_since = CASE WHEN EXCLUDED.fetched_at <= {table.name}.unlisted_since"
        f" THEN {table.name}.unlisted_since END"
    )

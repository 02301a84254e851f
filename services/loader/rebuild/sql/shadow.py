"""Shadow tables hold the records of a log as they were read: unlogged, no index, one set a run."""

import struct
from collections.abc import Mapping, Sequence

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.errors import RecordRefused, translated
from services.loader.mapping import copy_format
from services.loader.mapping.table import Table
from services.loader.records.incoming import IncomingRecord, mark_refused
from services.loader.store.statements import copy_rows

_LEFTOVERS = r"""
    SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = current_schema() AND tablename ~ '^shadow_[0-9a-f]{8}_'
"""
_MARK_COLUMNS = {
    "resource": "text",
    "hemis_id": "bigint",
    "position_key": "text",
    "log_partition": "integer",
    "log_offset": "bigint",
    "fetched_at": "timestamptz",
    "code": "text",
    "erased": "boolean",
}
_POSITION_COLUMNS = ("log_partition", "log_offset")
# The two columns after those of a row, each after its length.
_pack_position = struct.Struct(">iiiq").pack
_COUNT_BYTES = len(copy_format.count(0))


async def remove_leftovers(connection: Connection) -> None:
    """Drop the shadow tables of every run; the caller holds the lock of rebuilds."""
    for (name,) in await connection.fetch(_LEFTOVERS):
        await connection.execute(f"DROP TABLE {name}")


class Shadow:
    """The tables of one run: one with rows for each resource, and one with marks.

    A mark is a tombstone, or a refused record, whose ``code`` says why.
    """

    def __init__(self, run: str, tables: Mapping[Resource, Table]) -> None:
        self._tables = tables
        self._run = run
        self.marks = f"shadow_{run}_marks"

    def rows(self, resource: Resource) -> str:
        return f"shadow_{self._run}_{resource}"

    async def create(self, connection: Connection, resources: Sequence[Resource]) -> None:
        for resource in resources:
            table = self._tables[resource]
            columns = ", ".join(table.columns)
            await connection.execute(
                f"CREATE UNLOGGED TABLE {self.rows(resource)} WITH (autovacuum_enabled = false)"  # noqa: S608 — names of ours
                f" AS SELECT {columns}, 0 AS log_partition, 0::bigint AS log_offset"
                f" FROM {table.name} WITH NO DATA"
            )
        columns = ", ".join(f"{name} {kind}" for name, kind in _MARK_COLUMNS.items())
        await connection.execute(f"CREATE UNLOGGED TABLE {self.marks} ({columns})")

    async def write(self, connection: Connection, records: Sequence[IncomingRecord]) -> None:
        """Append records of one resource, and mark those that PostgreSQL refuses as refused."""
        await self._write_rows(connection, [r for r in records if r.row is not None])
        marks = [_mark(record) for record in records if record.row is None]
        if marks:
            with translated():
                await connection.copy_records_to_table(
                    self.marks, records=marks, columns=list(_MARK_COLUMNS)
                )

    async def _write_rows(self, connection: Connection, records: Sequence[IncomingRecord]) -> None:
        if not records:
            return
        try:
            await self._copy(connection, records)
        except RecordRefused as refused:
            # PostgreSQL does not say which record it refuses: halve until one is left.
            if len(records) == 1:
                mark_refused(records[0], refused, None)
                return
            middle = len(records) // 2
            await self._write_rows(connection, records[:middle])
            await self._write_rows(connection, records[middle:])

    async def _copy(self, connection: Connection, records: Sequence[IncomingRecord]) -> None:
        table = self._tables[records[0].resource]
        count = copy_format.count(len(table.columns) + len(_POSITION_COLUMNS))
        rows = [
            b"".join(
                (count, r.row[_COUNT_BYTES:], _pack_position(4, r.partition.partition, 8, r.offset))
            )
            for r in records
            if r.row is not None
        ]
        with translated():
            await copy_rows(
                connection,
                self.rows(records[0].resource),
                (*table.columns, *_POSITION_COLUMNS),
                rows,
            )


def _mark(record: IncomingRecord) -> tuple[object, ...]:
    code = record.refused.code if record.refused else None
    position = record.partition.partition, record.offset
    return (record.resource, *record.row_key, *position, record.fetched_at, code, record.is_erasure)

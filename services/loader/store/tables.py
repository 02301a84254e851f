"""All resources' tables, and the one row per employee that follows from the positions."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.errors import translated
from services.loader.mapping.table import RowKey, Table
from services.loader.records.decide import Decisions, Version
from services.loader.records.incoming import IncomingRecord
from services.loader.store import undeleted
from services.loader.store.employees import EmployeeStore
from services.loader.store.gone import Gone, GoneStore
from services.loader.store.rows import RowStore
from services.loader.store.undeleted import Erasure, Undeleted

_FORGET = (
    "DELETE FROM unseen WHERE resource = $1 AND hemis_id = ANY($2::bigint[])",
    "DELETE FROM wishes WHERE resource = $1 AND hemis_id = ANY($2::bigint[])",
    "DELETE FROM undeleted WHERE resource = $1 AND split_part(key, ':', 1)::bigint = ANY($2)",
)


async def forget(connection: Connection, resource: Resource, people: Collection[int]) -> None:
    """Drop what is still to be asked of them: id numbers, and keys that are to come again."""
    if people:
        for statement in _FORGET:
            await connection.execute(statement, resource, list(people))


class TableStores:
    """What a batch reads and writes, whichever resources it holds."""

    def __init__(self, tables: Mapping[Resource, Table]) -> None:
        self._rows = {resource: RowStore(table) for resource, table in tables.items()}
        self._people = EmployeeStore(tables[Resource.EMPLOYEES])
        self.gone = {
            resource: GoneStore(table, self._people.refresh if table.keyed_by_position else None)
            for resource, table in tables.items()
        }

    async def prepare(self, connection: Connection) -> None:
        with translated():
            for rows in self._rows.values():
                await rows.prepare(connection)

    async def versions(
        self, connection: Connection, resource: Resource, records: Iterable[IncomingRecord]
    ) -> dict[RowKey, Version]:
        keys = {record.row_key for record in records if record.refused is None}
        return await self._rows[resource].versions(connection, keys)

    async def stage(self, connection: Connection, resource: Resource, decisions: Decisions) -> None:
        if decisions.writes:
            await self._rows[resource].stage(connection, _in_order(decisions.writes))

    async def apply(self, connection: Connection, resource: Resource, decisions: Decisions) -> None:
        """Carry out what was staged, then the tombstones, then what follows from both."""
        if decisions.writes:
            await self._rows[resource].upsert(connection)
        if decisions.writes and resource.keyed_by_position:
            await self._people.refresh(connection, {hemis_id for hemis_id, _ in decisions.writes})
        if decisions.tombstones:
            await self._remove(connection, resource, _in_order(decisions.tombstones))
        if decisions.erased:
            await self._erase(connection, resource, decisions)

    async def _remove(
        self, connection: Connection, resource: Resource, tombstones: Sequence[IncomingRecord]
    ) -> None:
        """Carry out tombstones: a student's row goes, a position's is closed."""
        deletes = not resource.keyed_by_position
        rows = {Gone(record.row_key, record.fetched_at): record for record in tombstones}
        left = await self.gone[resource].remove(connection, list(rows), deletes=deletes)
        removed = [record.key for gone, record in rows.items() if gone not in left]
        await undeleted.count_removed(connection, resource, removed)
        await undeleted.keep(
            connection,
            [
                Undeleted(resource, rows[gone].key, rows[gone].sync_id, gone.at, deletes, reason)
                for gone, reason in left.items()
                # Of an erasure everything is to go, and its own row says so.
                if not rows[gone].is_erasure
            ],
        )

    async def _erase(
        self, connection: Connection, resource: Resource, decisions: Decisions
    ) -> None:
        left = await self.gone[resource].erase(connection, sorted(decisions.erased))
        erasures = {
            Erasure(record.sync_id, resource, record.row_key[0], "")
            for record, _ in decisions.effects
            if record.is_erasure and record.refused is None
        }
        await undeleted.note_erasures(connection, sorted(erasures), left)


def _in_order(records: Mapping[RowKey, IncomingRecord]) -> list[IncomingRecord]:
    """Sort by key, so that two loaders never wait for each other's rows."""
    return [records[key] for key in sorted(records)]

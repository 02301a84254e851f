"""Reads and writes a batch in the tables of all resources."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.errors import translated
from services.loader.mapping.table import RowKey, Table
from services.loader.records.decide import Decisions, Version
from services.loader.records.incoming import IncomingRecord
from services.loader.store import changes
from services.loader.store.changes import ChangeStore
from services.loader.store.employees import EmployeeStore
from services.loader.store.removals import undeleted
from services.loader.store.removals.row_removal import GoneRow, RowRemover
from services.loader.store.removals.undeleted import Erasure, Undeleted
from services.loader.store.rows import RowStore
from services.loader.store.unlisted import UnlistedStore

_FORGET_ERASED = (
    "DELETE FROM unseen WHERE resource = $1 AND hemis_id = ANY($2::bigint[])",
    "DELETE FROM wishes WHERE resource = $1 AND hemis_id = ANY($2::bigint[])",
    "DELETE FROM undeleted WHERE resource = $1 AND split_part(key, ':', 1)::bigint = ANY($2)",
)


async def forget_erased(
    connection: Connection, resource: Resource, people: Collection[int]
) -> None:
    """Delete id numbers and keys of erased people from the tables of open questions."""
    if people:
        for statement in _FORGET_ERASED:
            await connection.execute(statement, resource, list(people))


class TableStores:
    """The stores of all resources; ``removers`` are by resource."""

    def __init__(self, tables: Mapping[Resource, Table], *, keeps_changes: bool = True) -> None:
        self._employees = EmployeeStore(tables[Resource.EMPLOYEES])
        self._rows: dict[Resource, RowStore] = {}
        self._changes: dict[Resource, ChangeStore] = {}
        self.unlisted: dict[Resource, UnlistedStore] = {}
        self.removers: dict[Resource, RowRemover] = {}
        for resource, table in tables.items():
            refresh = self._employees.refresh if table.keyed_by_position else None
            rows = self._rows[resource] = RowStore(table)
            if keeps_changes:
                self._changes[resource] = ChangeStore(resource, table, rows.stage_name)
            self.unlisted[resource] = UnlistedStore(table, refresh)
            self.removers[resource] = RowRemover(table, refresh)

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
            await self._rows[resource].stage(connection, _sorted_by_key(decisions.writes))

    async def apply(
        self,
        connection: Connection,
        resource: Resource,
        decisions: Decisions,
        counted: Collection[str] = (),
    ) -> None:
        """Upsert the staged rows, then apply tombstones and erasures.

        ``counted`` are the syncs whose updates are noted in ``changes``. What is read again after
        its sync was closed changes nothing that people did not know.
        """
        updates = [record for record in decisions.updates if record.sync_id in counted]
        if updates and resource in self._changes:
            await self._changes[resource].write(connection, updates)
        if decisions.writes:
            await self._rows[resource].upsert(connection)
        if decisions.writes and resource.keyed_by_position:
            await self._employees.refresh(
                connection, {hemis_id for hemis_id, _ in decisions.writes}
            )
        if decisions.relisted:
            await self.unlisted[resource].clear(connection, sorted(decisions.relisted))
        if decisions.tombstones:
            await self._remove(connection, resource, _sorted_by_key(decisions.tombstones))
        if decisions.erased:
            await self._erase(connection, resource, decisions)

    async def _remove(
        self, connection: Connection, resource: Resource, tombstones: Sequence[IncomingRecord]
    ) -> None:
        """Apply tombstones: a student's row is deleted, a position's row is marked as removed."""
        deletes = not resource.keyed_by_position
        rows = {GoneRow(record.row_key, record.fetched_at): record for record in tombstones}
        left = await self.removers[resource].remove(connection, list(rows), deletes=deletes)
        removed = [record.key for gone, record in rows.items() if gone not in left]
        await undeleted.count_removed(connection, resource, removed)
        await undeleted.add(
            connection,
            [
                Undeleted(resource, rows[gone].key, rows[gone].sync_id, gone.at, deletes, reason)
                for gone, reason in left.items()
                # Erasures have a table of their own.
                if not rows[gone].is_erasure
            ],
        )

    async def _erase(
        self, connection: Connection, resource: Resource, decisions: Decisions
    ) -> None:
        left = await self.removers[resource].erase(connection, sorted(decisions.erased))
        await changes.erase(connection, resource, decisions.erased)
        erasures = {
            Erasure(record.sync_id, resource, record.row_key[0], "")
            for record, _ in decisions.effects
            if record.is_erasure and record.refused is None
        }
        await undeleted.add_erasures(connection, sorted(erasures), left)


def _sorted_by_key(records: Mapping[RowKey, IncomingRecord]) -> list[IncomingRecord]:
    """Sort by key, so that two loaders never deadlock."""
    return [records[key] for key in sorted(records)]

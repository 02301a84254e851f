"""All resources' tables, and the one row per employee that follows from the positions."""

from collections.abc import Iterable, Mapping, Sequence

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.decide import Decisions, Version
from services.loader.errors import translated
from services.loader.incoming import Incoming, RowKey
from services.loader.resources.tables import Table
from services.loader.store.people import PeopleStore
from services.loader.store.rows import RowStore


class TableStores:
    """What a batch reads and writes, whichever resources it holds."""

    def __init__(self, tables: Mapping[Resource, Table]) -> None:
        self._rows = {resource: RowStore(table) for resource, table in tables.items()}
        self._people = PeopleStore(tables[Resource.EMPLOYEES])

    async def prepare(self, connection: Connection) -> None:
        with translated():
            for rows in self._rows.values():
                await rows.prepare(connection)

    async def versions(
        self, connection: Connection, resource: Resource, records: Iterable[Incoming]
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
        if decisions.tombstones:
            await self._rows[resource].remove(connection, _in_order(decisions.tombstones))
        if decisions.erased:
            await self._erase(connection, resource, sorted(decisions.erased))
        touched = {hemis_id for hemis_id, _ in (*decisions.writes, *decisions.tombstones)}
        if touched and resource.keyed_by_position:
            await self._people.refresh(connection, touched)

    async def _erase(
        self, connection: Connection, resource: Resource, people: Sequence[int]
    ) -> None:
        await self._rows[resource].erase(connection, people)
        if resource.keyed_by_position:
            await self._people.erase(connection, people)


def _in_order(records: Mapping[RowKey, Incoming]) -> list[Incoming]:
    """Sort by key, so that two loaders never wait for each other's rows."""
    return [records[key] for key in sorted(records)]

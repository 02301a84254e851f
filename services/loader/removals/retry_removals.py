"""Retries removals and erasures whose rows are still in the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from libs.common.contracts.resources import Resource
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.store.removals import undeleted
from services.loader.store.removals.row_removal import RowRemover
from services.loader.store.removals.undeleted import Undeleted

_TICK_SECONDS = 1.0
_kind = attrgetter("resource", "deletes")
_resource = attrgetter("resource")


@dataclass
class RemovalRetrier:
    """Runs in every loader; a loader locks the entries that it retries."""

    database: Database
    removers: Mapping[Resource, RowRemover]

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "removing again")

    async def step(self) -> None:
        """Retry what is due; raises DatabaseAway."""
        async with self.database.transaction() as connection:
            due = sorted(await undeleted.lock_due(connection), key=_kind)
            for (resource, deletes), rows in groupby(due, _kind):
                await self._remove(connection, list(rows), resource, deletes=deletes)
            await self._erase(connection)

    async def _remove(
        self,
        connection: Connection,
        entries: Sequence[Undeleted],
        resource: Resource,
        *,
        deletes: bool,
    ) -> None:
        remover = self.removers[resource]
        by_row = {entry.gone_row: entry for entry in entries}
        remaining = await remover.remaining(connection, list(by_row), deletes=deletes)
        # A row with newer content has come back, and does not count as removed.
        back = [by_row[row].key for row in by_row.keys() - set(remaining)]
        await undeleted.forget(connection, resource, back)
        left = await remover.remove(connection, remaining, deletes=deletes)
        removed = [by_row[row].key for row in remaining if row not in left]
        await undeleted.count_removed(connection, resource, removed)
        await undeleted.add(
            connection, [by_row[row]._replace(reason=reason) for row, reason in left.items()]
        )

    async def _erase(self, connection: Connection) -> None:
        due = await undeleted.lock_due_erasures(connection)
        for resource, part in groupby(sorted(due, key=_resource), _resource):
            erasures = list(part)
            people = sorted({erasure.hemis_id for erasure in erasures})
            left = await self.removers[resource].erase(connection, people)
            await undeleted.add_erasures(connection, erasures, left)

"""The use case: retries removals that PostgreSQL refused, and publishes what was erased."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from libs.common.contracts.resources import Resource
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store import undeleted
from services.loader.store.gone import GoneStore
from services.loader.store.undeleted import Erasure, Undeleted

_TICK_SECONDS = 1.0


class RemovalRetrier:
    """Runs in every loader; a row is locked while one of them tries it."""

    def __init__(
        self, database: Database, stores: Mapping[Resource, GoneStore], announcer: ProgressPublisher
    ) -> None:
        self._database = database
        self._stores = stores
        self._announcer = announcer

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "removing again")

    async def step(self) -> None:
        """Try what is due; raises DatabaseAway, KafkaUnavailable."""
        async with self._database.connection() as connection:
            async with connection.transaction():
                await self._try_rows(connection)
                await self._try_erasures(connection)
            unannounced = await undeleted.unannounced(connection)
        for erasure in unannounced:
            await self._announcer.erased(erasure)
        if unannounced:
            async with self._database.connection() as connection:
                await undeleted.mark_announced(connection, unannounced)

    async def _try_rows(self, connection: Connection) -> None:
        due = sorted(await undeleted.due(connection), key=_kind)
        for (resource, deletes), part in groupby(due, _kind):
            await self._try_some(connection, list(part), resource, deletes=deletes)

    async def _try_some(
        self,
        connection: Connection,
        rows: Sequence[Undeleted],
        resource: Resource,
        *,
        deletes: bool,
    ) -> None:
        store = self._stores[resource]
        by_row = {row.gone: row for row in rows}
        remaining = await store.remaining(connection, list(by_row), deletes=deletes)
        # A row with newer content has come back, and does not count as removed.
        back = [by_row[gone].key for gone in by_row.keys() - set(remaining)]
        await undeleted.drop(connection, resource, back)
        left = await store.remove(connection, remaining, deletes=deletes)
        removed = [by_row[gone].key for gone in remaining if gone not in left]
        await undeleted.count_removed(connection, resource, removed)
        await undeleted.keep(
            connection, [by_row[gone]._replace(reason=reason) for gone, reason in left.items()]
        )

    async def _try_erasures(self, connection: Connection) -> None:
        due = await undeleted.due_erasures(connection)
        for resource, part in groupby(sorted(due, key=_resource), _resource):
            erasures = list(part)
            people = sorted({erasure.hemis_id for erasure in erasures})
            left = await self._stores[resource].erase(connection, people)
            await undeleted.note_erasures(connection, erasures, left)


def _kind(row: Undeleted) -> tuple[Resource, bool]:
    return row.resource, row.deletes


def _resource(erasure: Erasure) -> Resource:
    return erasure.resource

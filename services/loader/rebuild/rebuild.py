"""The use case: tables made equal to what the topics hold, in one transaction."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.errors import FatalError
from libs.common.kafka.ports import Partition
from services.loader.errors import translated
from services.loader.mapping.table import Table
from services.loader.rebuild.limits import Limit, last_of, limits
from services.loader.rebuild.progress import Progress
from services.loader.rebuild.readers.pool import ReaderHandle
from services.loader.rebuild.readers.protocol import (
    Found,
    Order,
    Passed,
    Reading,
    ReadLogs,
    ReadOn,
    Report,
    Task,
)
from services.loader.rebuild.session import Session
from services.loader.rebuild.sql.dry_run import copy_tables_for_dry_run
from services.loader.rebuild.sql.merge import Merge, Merged
from services.loader.rebuild.sql.shadow import Shadow, remove_leftovers
from services.loader.store import offsets

# One number for all rebuilds, the other for the schema.
_TAKE = "SELECT pg_try_advisory_lock(4877022, hashtext(current_schema()))"
_GIVE_BACK = "SELECT pg_advisory_unlock(4877022, hashtext(current_schema()))"


class AnotherRebuild(FatalError):
    """Two would read for each other's sake."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    resources: tuple[Resource, ...]
    dry_run: bool


class Rebuild:
    """Reads the logs into shadow tables with a crew of readers, then merges."""

    def __init__(
        self,
        session: Session,
        crew: Sequence[ReaderHandle],
        topics: Topics,
        tables: Mapping[Resource, Table],
        progress: Progress,
    ) -> None:
        self._session = session
        self._crew = crew
        self._topics = topics
        self._tables = tables
        self._progress = progress
        self._run = secrets.token_hex(4)
        self._shadow = Shadow(self._run, tables)
        self._live_schema: str | None = None
        """In a dry run, the schema of the tables that were copied."""

    async def run(self, wanted: Wanted, counted: frozenset[str]) -> list[Merged]:
        """Rebuild; ``counted`` are the syncs whose records a loader still has to count.

        Raises:
            AnotherRebuild: one is running already.
            Unavailable, DatabaseAway, ReaderFailed: the tables are as they were.
        """
        with translated():
            async with self._alone(), self._shadowed(wanted.resources):
                readings = await self._read(wanted, counted)
                if wanted.dry_run:
                    tables = [self._tables[resource].name for resource in wanted.resources]
                    self._live_schema = await copy_tables_for_dry_run(self._session, tables)
                async with self._session.transaction():
                    return await self._merge(wanted.resources, readings)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if not await self._session.fetchval(_TAKE):
            raise AnotherRebuild("another rebuild of this schema is running")
        try:
            yield
        finally:
            if not self._session.is_closed():
                await self._session.execute(_GIVE_BACK)

    @asynccontextmanager
    async def _shadowed(self, resources: Sequence[Resource]) -> AsyncIterator[None]:
        await remove_leftovers(self._session)
        await self._shadow.create(self._session, resources)
        try:
            yield
        finally:
            # Otherwise the next rebuild removes them.
            if not self._session.is_closed():
                await remove_leftovers(self._session)

    async def _read(self, wanted: Wanted, counted: frozenset[str]) -> list[Reading]:
        places = [
            Partition(self._topics.records(resource), number)
            for resource in wanted.resources
            for number in range(self._topics.record_partitions)
        ]
        rows = await offsets.look(self._session, places)
        tasks = [Task(*place, last_of(rows.get(place))) for place in places]
        count = len(self._crew)
        return await self._carry_out(
            [
                ReadLogs(self._run, tuple(tasks[first::count]), counted, bury=not wanted.dry_run)
                for first in range(count)
            ]
        )

    async def _carry_out(self, orders: Sequence[Order]) -> list[Reading]:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(reader.carry_out(order, self._hear))
                for reader, order in zip(self._crew, orders, strict=True)
            ]
        return [reading for task in running for reading in task.result().readings]

    def _hear(self, report: Report) -> None:
        match report:
            case Found():
                self._progress.found(report.records)
            case Passed():
                self._progress.passed(report.records)
            case _:
                pass

    async def _merge(
        self, resources: Sequence[Resource], readings: Sequence[Reading]
    ) -> list[Merged]:
        rows = await offsets.lock(self._session, [reading.place for reading in readings])
        found = limits(rows, readings)
        await self._read_on(found, readings)
        merged = [await self._merge_one(resource, found) for resource in resources]
        for limit in found:
            await self._move_on(limit)
        return merged

    async def _read_on(self, found: Sequence[Limit], readings: Sequence[Reading]) -> None:
        """Let each reader read its own partitions on to where the offset rows stand."""
        positions = {reading.place: reading.position for reading in readings}
        behind = [limit for limit in found if limit.offset > positions[limit.partition]]
        if behind:
            ends = tuple((*limit.partition, limit.offset) for limit in behind)
            await self._carry_out([ReadOn(ends)] * len(self._crew))

    async def _merge_one(self, resource: Resource, found: Sequence[Limit]) -> Merged:
        topic = self._topics.records(resource)
        own = [limit for limit in found if limit.partition.topic == topic]
        merge = Merge(resource, self._tables[resource], self._shadow, self._live_schema)
        return await merge.run(
            self._session,
            {limit.partition.partition: limit.offset for limit in own},
            proven=are_proof(own),
        )

    async def _move_on(self, limit: Limit) -> None:
        along = limit.taken_along
        if along is None:
            await offsets.raise_epoch(self._session, limit.partition)
        else:
            await offsets.take_over(
                self._session, limit.partition, along.next_offset, along.newest, along.last_record
            )


def are_proof(found: Sequence[Limit]) -> bool:
    """Tell whether the log is the one that was loaded, as far as anything was."""
    return all(limit.is_proof for limit in found) and any(
        limit.taken_along is None for limit in found
    )

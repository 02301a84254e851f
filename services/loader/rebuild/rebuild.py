"""Makes the tables equal to what the topics hold, in one transaction."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.errors import FatalError
from libs.common.kafka.ports import Partition
from services.loader.errors import translated
from services.loader.mapping.table import Table
from services.loader.rebuild.limits import MergeLimit, may_delete_missing, merge_limit
from services.loader.rebuild.progress import Progress
from services.loader.rebuild.readers.pool import ReaderHandle
from services.loader.rebuild.readers.protocol import (
    PartitionRead,
    ReadLogs,
    ReadUntil,
    RecordsFound,
    RecordsWritten,
    Report,
    Request,
    Task,
)
from services.loader.rebuild.session import Session
from services.loader.rebuild.sql.dry_run import copy_tables_for_dry_run
from services.loader.rebuild.sql.merge import Merge, Merged
from services.loader.rebuild.sql.shadow import Shadow, remove_leftovers
from services.loader.store import offsets

# The first number means a rebuild, the second one its schema.
_LOCK = "SELECT pg_try_advisory_lock(4877022, hashtext(current_schema()))"
_UNLOCK = "SELECT pg_advisory_unlock(4877022, hashtext(current_schema()))"


class AnotherRebuild(FatalError):
    """Only one rebuild of a schema may run at a time."""


@dataclass(frozen=True, slots=True)
class RebuildOptions:
    """Which tables to rebuild, and whether to change them."""

    resources: tuple[Resource, ...]
    dry_run: bool


@dataclass
class Rebuild:
    """Reads the logs into shadow tables, with several readers, then merges them."""

    session: Session
    readers: Sequence[ReaderHandle]
    topics: Topics
    tables: Mapping[Resource, Table]
    progress: Progress
    _live_schema: str | None = field(init=False, default=None)
    """The schema of the original tables; only in a dry run, which works on copies."""

    def __post_init__(self) -> None:
        self._run = secrets.token_hex(4)
        self._shadow = Shadow(self._run, self.tables)

    async def run(self, options: RebuildOptions, open_syncs: frozenset[str]) -> list[Merged]:
        """Rebuild; ``open_syncs`` are the syncs whose records a loader still has to count.

        Raises:
            AnotherRebuild: one is running already.
            Unavailable, DatabaseAway, ReaderFailed: the tables are unchanged.
        """
        with translated():
            async with self._exclusive(), self._shadow_tables(options.resources):
                partitions = await self._read_logs(options, open_syncs)
                if options.dry_run:
                    tables = [self.tables[resource].name for resource in options.resources]
                    self._live_schema = await copy_tables_for_dry_run(self.session, tables)
                async with self.session.transaction():
                    return await self._merge(options.resources, partitions)

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[None]:
        if not await self.session.fetchval(_LOCK):
            raise AnotherRebuild("another rebuild of this schema is running")
        try:
            yield
        finally:
            if not self.session.is_closed():
                await self.session.execute(_UNLOCK)

    @asynccontextmanager
    async def _shadow_tables(self, resources: Sequence[Resource]) -> AsyncIterator[None]:
        await remove_leftovers(self.session)
        await self._shadow.create(self.session, resources)
        try:
            yield
        finally:
            # Otherwise the next rebuild removes them.
            if not self.session.is_closed():
                await remove_leftovers(self.session)

    async def _read_logs(
        self, options: RebuildOptions, open_syncs: frozenset[str]
    ) -> list[PartitionRead]:
        partitions = [
            Partition(self.topics.records(resource), number)
            for resource in options.resources
            for number in range(self.topics.record_partitions)
        ]
        rows = await offsets.read(self.session, partitions)
        tasks = tuple(Task(partition, rows.get(partition)) for partition in partitions)
        count = len(self.readers)
        return await self._execute(
            [
                ReadLogs(
                    self._run,
                    tasks[first::count],
                    open_syncs,
                    writes_dead_letters=not options.dry_run,
                )
                for first in range(count)
            ]
        )

    async def _execute(self, requests: Sequence[Request]) -> list[PartitionRead]:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(reader.execute(request, self._on_report))
                for reader, request in zip(self.readers, requests, strict=True)
            ]
        return [partition for task in running for partition in task.result().partitions]

    def _on_report(self, report: Report) -> None:
        if isinstance(report, RecordsFound):
            self.progress.add_total(report.count)
        elif isinstance(report, RecordsWritten):
            self.progress.advance(report.count)

    async def _merge(
        self, resources: Sequence[Resource], partitions: Sequence[PartitionRead]
    ) -> list[Merged]:
        rows = await offsets.lock(self.session, [read.partition for read in partitions])
        limits = [merge_limit(rows[read.partition], read) for read in partitions]
        await self._read_until(limits, partitions)
        merged = [await self._merge_one(resource, limits) for resource in resources]
        for limit in limits:
            await self._write_offset_row(limit)
        return merged

    async def _read_until(
        self, limits: Sequence[MergeLimit], partitions: Sequence[PartitionRead]
    ) -> None:
        """Read on to where the offset rows are, which loaders have moved meanwhile."""
        positions = {read.partition: read.position for read in partitions}
        behind = [limit for limit in limits if limit.offset > positions[limit.partition]]
        if behind:
            ends = tuple((limit.partition, limit.offset) for limit in behind)
            await self._execute([ReadUntil(ends)] * len(self.readers))

    async def _merge_one(self, resource: Resource, limits: Sequence[MergeLimit]) -> Merged:
        topic = self.topics.records(resource)
        own = [limit for limit in limits if limit.partition.topic == topic]
        merge = Merge(resource, self.tables[resource], self._shadow, self._live_schema)
        return await merge.run(
            self.session,
            {limit.partition.partition: limit.offset for limit in own},
            may_delete_missing=may_delete_missing(own),
        )

    async def _write_offset_row(self, limit: MergeLimit) -> None:
        row = limit.new_row
        if row is None:
            await offsets.raise_epoch(self.session, limit.partition)
        else:
            await offsets.take_over(
                self.session, limit.partition, row.next_offset, row.newest, row.last_record
            )

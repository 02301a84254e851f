"""A reader: one of the processes that share a log's partitions and fill the shadow tables."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from libs.common.errors import FatalError
from libs.common.kafka.log_reader import read_until
from libs.common.kafka.ports import Bounds, Broker, LogReader, Partition, Record
from libs.common.postgres.pool import Connection
from services.loader.loading.log_lookup import is_loaded_log
from services.loader.rebuild.readers.partition_state import PartitionState
from services.loader.rebuild.readers.protocol import (
    Message,
    PartitionsRead,
    ReadLogs,
    ReadUntil,
    RecordsFound,
    RecordsWritten,
    Task,
)
from services.loader.rebuild.sql.shadow import Shadow
from services.loader.records.incoming import IncomingRecord
from services.loader.records.reader import RecordReader

_CHUNK_RECORDS = 5_000

Report = Callable[[Message], Awaitable[None]]
WriteDeadLetters = Callable[[Sequence[IncomingRecord]], Awaitable[None]]


class LogRecreated(FatalError):
    """A topic was deleted or truncated while it was read."""

    def __init__(self, partition: Partition) -> None:
        super().__init__(f"{partition} was recreated while it was read: start the rebuild again")


@dataclass
class LogPartitionsReader:
    """Reads its partitions; PostgreSQL copies one chunk while the next one is decoded."""

    broker: Broker
    connection: Connection
    records: RecordReader
    shadow: Shadow
    write_dead_letters: WriteDeadLetters
    _states: dict[Partition, PartitionState] = field(init=False, default_factory=dict)
    _unloaded: set[Partition] = field(init=False, default_factory=set)
    """No loader has written dead letters for the records of these partitions."""

    async def read_logs(self, request: ReadLogs, report: Report) -> None:
        """Read all partitions of the request, one topic at a time, to their present ends."""
        if request.writes_dead_letters:
            self._unloaded = {task.partition for task in request.tasks if not task.is_loaded}
        for _, tasks in groupby(request.tasks, key=lambda task: task.partition.topic):
            of_topic = {task.partition: task for task in tasks}
            async with self.broker.log_reader(dict.fromkeys(of_topic)) as log:
                bounds = await log.bounds()
                for partition, task in of_topic.items():
                    self._states[partition] = PartitionState(
                        partition,
                        bounds[partition].first,
                        request.open_syncs,
                        is_same_log=await self._is_same_log(task, bounds[partition]),
                    )
                await report(RecordsFound(sum(bounds[p].end - bounds[p].first for p in of_topic)))
                ends = {partition: bounds[partition].end for partition in of_topic}
                await self._read(log, ends, report)
        await self._report_partitions(report)

    async def _is_same_log(self, task: Task, bounds: Bounds) -> bool:
        if task.row is None or task.row.last_record is None:
            return True  # there is no record to compare with
        return await is_loaded_log(self.broker, task.partition, task.row, bounds)

    async def read_until(self, request: ReadUntil, report: Report) -> None:
        """Read this reader's partitions on to the offsets of the request."""
        ends = {partition: end for partition, end in request.ends if partition in self._states}
        for _, partitions in groupby(sorted(ends), key=lambda partition: partition.topic):
            starts = {p: self._states[p].position for p in partitions}
            async with self.broker.log_reader(starts) as log:
                for partition, bounds in (await log.bounds()).items():
                    if bounds.end < ends[partition]:
                        raise LogRecreated(partition)
                await self._read(log, {p: ends[p] for p in starts}, report)
        await self._report_partitions(report)

    async def _report_partitions(self, report: Report) -> None:
        await report(PartitionsRead(tuple(state.result() for state in self._states.values())))

    async def _read(self, log: LogReader, ends: Mapping[Partition, int], report: Report) -> None:
        chunk: list[IncomingRecord] = []
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._write([], report))
            async for found in read_until(log, ends):
                chunk += self._decode(found)
                if len(chunk) >= _CHUNK_RECORDS:
                    await writing
                    writing = tasks.create_task(self._write(chunk, report))
                    chunk = []
            await writing
            await self._write(chunk, report)
        for partition in ends:
            state = self._states[partition]
            state.position = max(await log.position(partition), state.position)

    def _decode(self, found: Sequence[Record]) -> list[IncomingRecord]:
        decoded = list(map(self.records.read, found))
        for record in decoded:
            record.read_row()
        for partition, group in groupby(decoded, key=lambda record: record.partition):
            records, state = list(group), self._states[partition]
            if records[0].offset < state.position:
                raise LogRecreated(partition)
            state.add(records)
        return decoded

    async def _write(self, chunk: Sequence[IncomingRecord], report: Report) -> None:
        if not chunk:
            return
        await self.shadow.write(self.connection, chunk)
        refused = [r for r in chunk if r.refused and r.partition in self._unloaded]
        if refused:
            await self.write_dead_letters(refused)
        await report(RecordsWritten(len(chunk)))

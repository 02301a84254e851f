"""A reader: one of the processes that share a log's partitions and fill the shadow tables."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby

from libs.common.errors import FatalError
from libs.common.kafka.log_reader import read_until
from libs.common.kafka.ports import Broker, LogReader, Partition, Record
from libs.common.postgres.pool import Connection
from services.loader.rebuild.readers.partition_state import PartitionState
from services.loader.rebuild.readers.protocol import (
    Found,
    Message,
    Passed,
    Readings,
    ReadLogs,
    ReadOn,
)
from services.loader.rebuild.sql.shadow import Shadow
from services.loader.records.incoming import IncomingRecord
from services.loader.records.reader import RecordReader

_CHUNK_RECORDS = 5_000

Tell = Callable[[Message], Awaitable[None]]


class LogMadeAnew(FatalError):
    """A topic was deleted, or cut, while it was read."""

    def __init__(self, partition: Partition) -> None:
        super().__init__(f"{partition} was made anew while it was read: start the rebuild again")


class LogPartitionsReader:
    """Reads its share of the partitions; PostgreSQL copies a chunk while the next is decoded."""

    def __init__(
        self,
        broker: Broker,
        connection: Connection,
        records: RecordReader,
        shadow: Shadow,
        bury: Callable[[Sequence[IncomingRecord]], Awaitable[None]],
    ) -> None:
        self._broker = broker
        self._connection = connection
        self._records = records
        self._shadow = shadow
        self._bury = bury
        self._places: dict[Partition, PartitionState] = {}
        self._unloaded: set[Partition] = set()
        """What is refused there was never buried by a loader."""

    async def read_logs(self, order: ReadLogs, tell: Tell) -> None:
        """Read all partitions of the order, a topic at a time, to their present ends."""
        self._unloaded = {task.place for task in order.tasks if task.last is None and order.bury}
        for _, tasks in groupby(order.tasks, key=lambda task: task.topic):
            of_topic = {task.place: task for task in tasks}
            async with self._broker.log_reader(dict.fromkeys(of_topic)) as log:
                bounds = await log.bounds()
                for place, task in of_topic.items():
                    self._places[place] = PartitionState(task, order.counted, bounds[place].first)
                await tell(Found(sum(bounds[p].end - bounds[p].first for p in of_topic)))
                ends = {place: bounds[place].end for place in of_topic}
                await self._read(log, ends, tell)
        await self._tell_readings(tell)

    async def read_on(self, order: ReadOn, tell: Tell) -> None:
        """Read what stands between the positions and the offsets of the order."""
        asked = {Partition(topic, number): end for topic, number, end in order.ends}
        ends = {place: end for place, end in asked.items() if place in self._places}
        for _, places in groupby(sorted(ends), key=lambda place: place.topic):
            starts = {p: self._places[p].position for p in places}
            async with self._broker.log_reader(starts) as log:
                for place, bounds in (await log.bounds()).items():
                    if bounds.end < ends[place]:
                        raise LogMadeAnew(place)
                until = {place: ends[place] for place in starts}
                await self._read(log, until, tell)
        await self._tell_readings(tell)

    async def _tell_readings(self, tell: Tell) -> None:
        await tell(Readings(tuple(place.reading() for place in self._places.values())))

    async def _read(self, log: LogReader, ends: Mapping[Partition, int], tell: Tell) -> None:
        chunk: list[IncomingRecord] = []
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._write([], tell))
            async for found in read_until(log, ends):
                chunk += self._take(found)
                if len(chunk) >= _CHUNK_RECORDS:
                    await writing
                    writing = tasks.create_task(self._write(chunk, tell))
                    chunk = []
            await writing
            await self._write(chunk, tell)
        for place in ends:
            self._places[place].position = max(
                await log.position(place), self._places[place].position
            )

    def _take(self, found: Sequence[Record]) -> list[IncomingRecord]:
        read = list(map(self._records.read, found))
        for record in read:
            record.read_row()
        for place, records in groupby(read, key=lambda record: record.partition):
            self._pass(place, list(records))
        return read

    def _pass(self, partition: Partition, records: list[IncomingRecord]) -> None:
        place = self._places[partition]
        if records[0].offset < place.position:
            raise LogMadeAnew(partition)
        place.passes(records)
        place.position = records[-1].offset + 1

    async def _write(self, chunk: Sequence[IncomingRecord], tell: Tell) -> None:
        if not chunk:
            return
        await self._shadow.write(self._connection, chunk)
        refused = [r for r in chunk if r.refused and r.partition in self._unloaded]
        if refused:
            await self._bury(refused)
        await tell(Passed(len(chunk)))

"""A broker in memory for unit tests: the same behaviour, but one member in each group."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.common.contracts.records import Headers
from libs.common.contracts.topics import Topic
from libs.common.kafka.admin import require_partitions, topic_as_created
from libs.common.kafka.errors import MessageTooLarge, OffsetsGone
from libs.common.kafka.ports import (
    Bounds,
    FoundTopic,
    Message,
    Partition,
    Position,
    RebalanceListener,
    Record,
)
from libs.common.kafka.producer import MAX_MESSAGE_BYTES, partition_of


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """See ``Record``."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class InMemoryBroker:
    """See ``Broker``; tests may also read ``logs`` and ``committed``."""

    def __init__(self) -> None:
        self.logs: dict[Partition, list[StoredRecord]] = {}
        self.committed: dict[tuple[str, Partition], int] = {}
        self._counts: dict[str, int] = {}
        self.topics: dict[str, FoundTopic] = {}
        self._grown = asyncio.Event()

    async def ensure_topics(self, topics: Iterable[Topic], replication: int) -> None:
        for topic in topics:
            self.topics.setdefault(topic.name, topic_as_created(topic, replication))
            count = self._counts.setdefault(topic.name, topic.partitions)
            require_partitions(topic, count)
            for number in range(count):
                self.logs.setdefault(Partition(topic.name, number), [])

    async def describe_topics(self, names: Collection[str]) -> Mapping[str, FoundTopic]:
        return {name: self.topics[name] for name in names if name in self.topics}

    def partitions(self, topics: Collection[str]) -> list[Partition]:
        return [partition for partition in self.logs if partition.topic in topics]

    def append(self, message: Message) -> Position:
        number = partition_of(message.route or message.key, self._counts[message.topic])
        partition = Partition(message.topic, number)
        offset = self.end(partition)
        self.logs[partition].append(
            StoredRecord(
                message.topic, number, offset, message.key.encode(), message.value, message.headers
            )
        )
        self._grown.set()
        self._grown = asyncio.Event()
        return Position(number, offset)

    def end(self, partition: Partition) -> int:
        log = self.logs[partition]
        return log[-1].offset + 1 if log else 0

    def compact(self, partition: Partition) -> None:
        """Keep only the newest record of each key, at its offset, as Kafka does after a while."""
        newest = {record.key: record for record in self.logs[partition]}
        self.logs[partition] = [r for r in self.logs[partition] if newest[r.key] is r]

    async def read(
        self, positions: dict[Partition, int], max_records: int, seconds: float
    ) -> list[Record]:
        """Read from these positions and advance them; wait once if there is nothing."""
        found = self._take(positions, max_records)
        if not found:
            try:
                async with asyncio.timeout(seconds):
                    await self._grown.wait()
            except TimeoutError:
                return []
            found = self._take(positions, max_records)
        return found

    def _take(self, positions: dict[Partition, int], max_records: int) -> list[Record]:
        gone = [
            partition for partition, offset in positions.items() if offset > self.end(partition)
        ]
        if gone:
            raise OffsetsGone(gone)
        found: list[Record] = []
        for partition, offset in positions.items():
            log = self.logs[partition]
            start = bisect_left(log, offset, key=lambda record: record.offset)
            taken = log[start : start + max_records - len(found)]
            positions[partition] = taken[-1].offset + 1 if taken else offset
            found.extend(taken)
        return found

    @asynccontextmanager
    async def producer(self) -> AsyncIterator["InMemoryProducer"]:
        yield InMemoryProducer(self)

    @asynccontextmanager
    async def group_consumer(
        self, group: str, topics: Collection[str], listener: RebalanceListener
    ) -> AsyncIterator["InMemoryGroupConsumer"]:
        partitions = self.partitions(topics)
        listener.assigned(partitions)
        yield InMemoryGroupConsumer(self, group, partitions)

    @asynccontextmanager
    async def log_reader(
        self, starts: Mapping[Partition, int | None]
    ) -> AsyncIterator["InMemoryLogReader"]:
        yield InMemoryLogReader(self, starts)


class InMemoryProducer:
    """See ``Producer``."""

    def __init__(self, broker: InMemoryBroker) -> None:
        self._broker = broker

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        return [self._broker.append(_within_limit(message)) for message in messages]


def _within_limit(message: Message) -> Message:
    if len(message.key) + len(message.value or b"") > MAX_MESSAGE_BYTES:
        raise MessageTooLarge(f"a message for {message.topic}")
    return message


class InMemoryGroupConsumer:
    """See ``GroupConsumer``."""

    def __init__(
        self, broker: InMemoryBroker, group: str, partitions: Collection[Partition]
    ) -> None:
        self._broker = broker
        self._group = group
        self._assigned = frozenset(partitions)
        self._positions = {
            partition: broker.committed[group, partition]
            for partition in partitions
            if (group, partition) in broker.committed
        }
        self._resumed: set[Partition] = set()

    async def poll(
        self, partitions: Collection[Partition], max_records: int, seconds: float
    ) -> list[Record]:
        wanted = self._resumed & set(partitions) & set(self._positions)
        positions = {partition: self._positions[partition] for partition in sorted(wanted)}
        found = await self._broker.read(positions, max_records, seconds)
        self._positions.update(positions)
        return found

    def pause(self, partitions: Collection[Partition]) -> None:
        self._resumed -= set(partitions)

    def seek(self, partition: Partition, offset: int) -> None:
        self._positions[partition] = offset

    def resume(self, partitions: Collection[Partition]) -> None:
        self._resumed |= set(partitions)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        for partition in self._assigned & offsets.keys():
            self._broker.committed[self._group, partition] = offsets[partition]

    async def committed(self, partition: Partition) -> int | None:
        return self._broker.committed.get((self._group, partition))

    async def bounds(self, partition: Partition) -> Bounds:
        return Bounds(0, self._broker.end(partition))


class InMemoryLogReader:
    """See ``LogReader``."""

    def __init__(self, broker: InMemoryBroker, starts: Mapping[Partition, int | None]) -> None:
        self._broker = broker
        self._positions = {partition: offset or 0 for partition, offset in starts.items()}

    async def poll(self, seconds: float) -> list[Record]:
        try:
            return await self._broker.read(self._positions, 500, seconds)
        except OffsetsGone as error:
            self._positions.update(dict.fromkeys(error.partitions, 0))
            return await self._broker.read(self._positions, 500, seconds)

    async def bounds(self) -> Mapping[Partition, Bounds]:
        return {partition: Bounds(0, self._broker.end(partition)) for partition in self._positions}

    async def ends(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        return {partition: self._broker.end(partition) for partition in partitions}

    async def position(self, partition: Partition) -> int:
        return self._positions[partition]

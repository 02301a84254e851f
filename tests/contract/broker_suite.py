"""What both broker suites are played with."""

from collections.abc import Collection, Sequence

import psutil

from libs.common.contracts.topics import Topic
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import (
    Broker,
    GroupConsumer,
    LogReader,
    Message,
    Partition,
    Position,
    Record,
)
from libs.common.kafka.producer import partition_of
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings


class RecordingListener:
    """Hears of partitions, as a service would."""

    def __init__(self) -> None:
        self.partitions: set[Partition] = set()
        self.calls: list[str] = []

    def assigned(self, partitions: Collection[Partition]) -> None:
        self.partitions = set(partitions)
        self.calls.append("assigned")

    async def revoked(self, partitions: Collection[Partition]) -> None:
        self.partitions -= set(partitions)
        self.calls.append("revoked")


def kafka_at(servers: str, readiness: Readiness | None = None) -> KafkaBroker:
    settings = ServiceSettings(_env_file=None, kafka_bootstrap_servers=servers)
    return KafkaBroker(settings, "test", readiness or Readiness((KAFKA,), Stop()))


def partition_of_key(key: str, topic: Topic) -> Partition:
    """The partition on which a key's messages stand."""
    return Partition(topic.name, partition_of(key, topic.partitions))


async def publish_each(broker: Broker, topic: Topic, *keys: str) -> list[Position]:
    """Publish one message a key; the value is its place in the row."""
    messages = [Message(topic.name, key, str(place).encode()) for place, key in enumerate(keys)]
    async with broker.producer() as producer:
        return await producer.publish(messages)


async def read_all(reader: LogReader) -> list[Record]:
    return [record async for records in read_to_end(reader) for record in records]


async def poll_until(
    consumer: GroupConsumer, partitions: Collection[Partition], count: int, max_records: int = 100
) -> list[Record]:
    """Poll until so many came; a time-out of the test when they do not."""
    found: list[Record] = []
    while len(found) < count:
        found += await consumer.poll(partitions, max_records, 0.5)
    return found


def values(records: Sequence[Record]) -> list[bytes | None]:
    return [record.value for record in records]


def connections_to(port: int) -> int:
    """Count what this process has open to a broker."""
    ours = psutil.Process().net_connections("tcp")
    return sum(bool(one.raddr) and one.raddr.port == port for one in ours)

"""A record topic that a test writes itself: late messages, tombstones."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from libs.common.clock import SystemClock
from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.kafka.producer import partition_of
from tests.examples.acl_reader import administrator

PARTITIONS = 4
NOW = timedelta()


@dataclass(frozen=True)
class ManualTopic:
    """All students go to the partition of student 50421, so their order is fixed."""

    servers: str
    name: str

    @classmethod
    async def created(cls, servers: str, name: str, **config: str) -> Self:
        async with administrator({"bootstrap_servers": servers}) as admin:
            await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=config)])
        return cls(servers, name)

    async def publish(self, hemis_id: int, name: str, age: timedelta = NOW) -> None:
        """Publish a student that was requested from HEMIS ``age`` ago."""
        item = {"id": hemis_id, "full_name": name, "group": None}
        await self._send(hemis_id, json.dumps(item).encode(), age)

    async def publish_tombstone(self, hemis_id: int) -> None:
        """Publish a tombstone now."""
        await self._send(hemis_id, None, NOW)

    async def _send(self, hemis_id: int, value: bytes | None, age: timedelta) -> None:
        key = str(hemis_id)
        async with AIOKafkaProducer(bootstrap_servers=self.servers) as producer:
            await producer.send_and_wait(
                self.name,
                value,
                key.encode(),
                partition=partition_of("50421", PARTITIONS),
                headers=list(record_headers(_origin(age), key, value or b"")),
            )

    async def messages(self, hemis_id: int) -> list[bytes | None]:
        """Return the values of a key, read from offset 0; the topic must not be empty."""
        partition = TopicPartition(self.name, partition_of("50421", PARTITIONS))
        async with AIOKafkaConsumer(bootstrap_servers=self.servers) as consumer:
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            end = (await consumer.end_offsets([partition]))[partition]
            values = []
            while await consumer.position(partition) < end:
                message = await consumer.getone()
                values += [message.value] if message.key == str(hemis_id).encode() else []
        return values


def _origin(age: timedelta) -> RecordOrigin:
    return RecordOrigin(
        resource=Resource.STUDENTS,
        sync_id="invented",
        page=1,
        place=1,
        source="http://hemis",
        ce_time=SystemClock().now_ms() - age // timedelta(milliseconds=1),
    )

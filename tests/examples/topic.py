"""A record topic written by hand, for what a whole hemis-sync sends only on a bad day."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from libs.common.clock import SystemClock
from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.kafka.producer import partition_of
from tests.examples.library import administrator

PARTITIONS = 4
NOW = timedelta()


@dataclass(frozen=True)
class HandWritten:
    """All students go where student 50421 belongs, so that one is read after the other."""

    servers: str
    name: str

    @classmethod
    async def created(cls, servers: str, name: str) -> Self:
        async with administrator({"bootstrap_servers": servers}) as admin:
            await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        return cls(servers, name)

    async def publish(self, hemis_id: int, name: str, age: timedelta = NOW) -> None:
        """Publish a student, as if HEMIS had been asked that long ago."""
        value = json.dumps({"id": hemis_id, "full_name": name, "group": None}).encode()
        headers = record_headers(_origin(age), str(hemis_id), value)
        async with AIOKafkaProducer(bootstrap_servers=self.servers) as producer:
            await producer.send_and_wait(
                self.name,
                value,
                str(hemis_id).encode(),
                partition=partition_of("50421", PARTITIONS),
                headers=list(headers),
            )


def _origin(age: timedelta) -> RecordOrigin:
    return RecordOrigin(
        resource=Resource.STUDENTS,
        sync_id="invented",
        page=1,
        place=1,
        source="http://hemis",
        ce_time=SystemClock().now_ms() - age // timedelta(milliseconds=1),
    )

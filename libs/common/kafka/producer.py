"""Publishes over aiokafka: idempotent, ``acks=all``, a whole page of messages in flight at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from libs.common.kafka.error_table import RECORD
from libs.common.kafka.errors import KafkaFault, KafkaUnavailable, TopicLimit, translated
from libs.common.kafka.ports import Message, Position

# The broker's own limit, minus the overhead of a batch.
MAX_MESSAGE_BYTES = 1024 * 1024
# For topics with a limit below Kafka's default. With 1, each message is a batch of its own.
_SINGLE_MESSAGE = 1
_BATCH_BYTES = (256 * 1024, 16 * 1024, _SINGLE_MESSAGE)

PRODUCER_OPTIONS: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    # Every client can read uncompressed records, and needs 7 µs less for each than with gzip. The
    # other topics are small.
    "compression_type": None,
    "linger_ms": 5,
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


Start = Callable[[int], Awaitable[AIOKafkaProducer]]
Close = Callable[[AIOKafkaProducer], Awaitable[None]]


class _BatchRefused(Exception):
    """The broker refused a batch for its size; a smaller one may pass."""


class _Client:
    """One client of aiokafka, with its own producer id."""

    def __init__(self, client: AIOKafkaProducer, batch_bytes: int) -> None:
        self.client = client
        self.batch_bytes = batch_bytes
        self.is_finished = False

    def serves(self, batch_bytes: int) -> bool:
        return not self.is_finished and self.batch_bytes <= batch_bytes

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        sent: list[asyncio.Future[Any]] = []
        try:
            for message in messages:
                sent.append(await self._send(message))  # noqa: PERF401 — kept when one fails
            confirmed = await asyncio.gather(*sent)
        except RECORD as error:
            if _is_own_check(error):
                raise
            self.is_finished = True
            if self.batch_bytes > _SINGLE_MESSAGE:
                raise _BatchRefused from error
            raise _over_limit(messages, sent) from error
        except (KafkaError, OSError):
            self.is_finished = True
            raise
        return [Position(one.partition, one.offset) for one in confirmed]

    async def _send(self, message: Message) -> asyncio.Future[Any]:
        partitions = await self.client.partitions_for(message.topic)
        future: asyncio.Future[Any] = await self.client.send(
            message.topic,
            message.value,
            message.key.encode(),
            partition=partition_of(message.route or message.key, len(partitions)),
            headers=list(message.headers),
        )
        future.add_done_callback(_retrieve_error)
        return future


class KafkaProducer:
    """See ``Producer``; any number may publish at once.

    aiokafka's idempotent producer does not recover from a failed batch: its sequence numbers then
    have a gap, and the broker refuses every later batch. So after a failure the next
    message gets a new client. The old client is closed first, so that messages it still delivers
    come before those of the new one.
    """

    def __init__(
        self, start: Start, close: Close, on_fault: Callable[[KafkaFault], None] = lambda _: None
    ) -> None:
        """``on_fault`` is called with each setup fault."""
        self._start = start
        self._close = close
        self._on_fault = on_fault
        self._lock = asyncio.Lock()
        self._current: _Client | None = None
        self._max_batch_bytes = _BATCH_BYTES[0]
        self._has_ended = False

    async def begin(self) -> None:
        """Connect; raises KafkaUnavailable."""
        await self._client(self._max_batch_bytes)

    async def end(self) -> None:
        async with self._lock:
            self._has_ended = True
            await self._close_current()

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        """See ``Producer``."""
        try:
            return await self._publish(messages) if messages else []
        except TopicLimit:
            raise  # the caller may write a dead letter instead
        except KafkaFault as fault:
            # Many callers only retry, and log nothing.
            self._on_fault(fault)
            raise

    async def _publish(self, messages: Sequence[Message]) -> list[Position]:
        for batch_bytes in (size for size in _BATCH_BYTES if size <= self._max_batch_bytes):
            client = await self._client(batch_bytes)
            with translated(), suppress(_BatchRefused):
                return await client.publish(messages)
            self._max_batch_bytes = min(self._max_batch_bytes, _BATCH_BYTES[1])
        raise KafkaUnavailable("the size limits of Kafka changed meanwhile")

    async def _client(self, batch_bytes: int) -> _Client:
        """Return a client with batches of at most this size; a new one if the last is finished."""
        async with self._lock:
            if self._has_ended:
                raise KafkaUnavailable("the producer has ended")
            if self._current is None or not self._current.serves(batch_bytes):
                await self._close_current()
                self._current = _Client(await self._start(batch_bytes), batch_bytes)
            return self._current

    async def _close_current(self) -> None:
        if self._current is not None:
            self._current.is_finished = True
            await self._close(self._current.client)
            self._current = None


def _is_own_check(error: KafkaError) -> bool:
    """Tell whether aiokafka checked the size itself: only its own error has a text."""
    return bool(error.args)


def _over_limit(messages: Sequence[Message], sent: Sequence[asyncio.Future[Any]]) -> TopicLimit:
    """Return the error for the refused message; each message was alone in its batch."""
    refused = (
        message
        for message, future in zip(messages, sent, strict=False)
        if future.done() and not future.cancelled() and isinstance(future.exception(), RECORD)
    )
    message = next(refused)
    return TopicLimit(message.topic, len(message.key) + len(message.value or b""))


def _retrieve_error(future: asyncio.Future[Any]) -> None:
    """Retrieve the error of a message that nobody awaits, or Python would log a warning."""
    if not future.cancelled():
        future.exception()

"""Publishing over aiokafka: idempotent, ``acks=all``, a whole page in flight at once."""

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

# The broker's own limit, less what a batch adds.
MAX_MESSAGE_BYTES = 1024 * 1024
# For topics with a limit below Kafka's default. At 1 each message is a batch of its own.
_ALONE = 1
_BATCH_BYTES = (256 * 1024, 16 * 1024, _ALONE)

PRODUCER_OPTIONS: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    # Records stay uncompressed: every client reads them, and reading costs 7 µs a record less
    # than with gzip. The other topics are small.
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
            if self.batch_bytes > _ALONE:
                raise _BatchRefused from error
            raise _over_limit(messages, sent) from error
        except (KafkaError, OSError):
            self.is_finished = True
            raise
        return [Position(place.partition, place.offset) for place in confirmed]

    async def _send(self, message: Message) -> asyncio.Future[Any]:
        partitions = await self.client.partitions_for(message.topic)
        future: asyncio.Future[Any] = await self.client.send(
            message.topic,
            message.value,
            message.key.encode(),
            partition=partition_of(message.route or message.key, len(partitions)),
            headers=list(message.headers),
        )
        future.add_done_callback(_take_note)
        return future


class KafkaProducer:
    """See ``Producer``; any number may publish at once.

    aiokafka's idempotent producer does not recover from a batch that failed for good: its sequence
    numbers then have a gap, and the broker refuses every later batch. So after a failure the next
    message gets a new client. The old client is closed first, so that messages it still delivers
    come before those of the new one.
    """

    def __init__(
        self, start: Start, close: Close, tell: Callable[[KafkaFault], None] = lambda _: None
    ) -> None:
        """``tell`` is called with each setup fault."""
        self._start = start
        self._close = close
        self._tell = tell
        self._changing = asyncio.Lock()
        self._current: _Client | None = None
        self._most = _BATCH_BYTES[0]
        self._has_ended = False

    async def begin(self) -> None:
        """Connect; raises KafkaUnavailable."""
        await self._client(self._most)

    async def end(self) -> None:
        async with self._changing:
            self._has_ended = True
            await self._give_up()

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        """See ``Producer``."""
        try:
            return await self._publish(messages) if messages else []
        except TopicLimit:
            raise  # the caller may dead-letter the record instead
        except KafkaFault as fault:
            # Many callers only try again later, and log nothing.
            self._tell(fault)
            raise

    async def _publish(self, messages: Sequence[Message]) -> list[Position]:
        for batch_bytes in (size for size in _BATCH_BYTES if size <= self._most):
            client = await self._client(batch_bytes)
            with translated(), suppress(_BatchRefused):
                return await client.publish(messages)
            self._most = min(self._most, _BATCH_BYTES[1])
        raise KafkaUnavailable("the limits of Kafka changed meanwhile")

    async def _client(self, batch_bytes: int) -> _Client:
        """Return a client with batches of at most this size; a new one if the last is finished."""
        async with self._changing:
            if self._has_ended:
                raise KafkaUnavailable("the producer has ended")
            if self._current is None or not self._current.serves(batch_bytes):
                await self._give_up()
                self._current = _Client(await self._start(batch_bytes), batch_bytes)
            return self._current

    async def _give_up(self) -> None:
        if self._current is not None:
            self._current.is_finished = True
            await self._close(self._current.client)
            self._current = None


def _is_own_check(error: KafkaError) -> bool:
    """Tell aiokafka's own size check, whose error has a text, from the broker's, which has none."""
    return bool(error.args)


def _over_limit(messages: Sequence[Message], sent: Sequence[asyncio.Future[Any]]) -> TopicLimit:
    """Return the error for the message that was refused; each was alone in its batch."""
    refused = (
        message
        for message, future in zip(messages, sent, strict=False)
        if future.done() and not future.cancelled() and isinstance(future.exception(), RECORD)
    )
    message = next(refused)
    return TopicLimit(message.topic, len(message.key) + len(message.value or b""))


def _take_note(future: asyncio.Future[Any]) -> None:
    """Read the error of a message that nobody waits for, or Python would warn."""
    if not future.cancelled():
        future.exception()

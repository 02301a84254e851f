"""A broker and clients of aiokafka's kind, in memory: what a producer does when they fail."""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
)
from aiokafka.structs import RecordMetadata, TopicPartition

from libs.common.kafka.errors import translated

TOPIC = "hemis.students"

Judge = Callable[[bytes], KafkaError | None]


class FakeClient(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """Confirms what its broker takes; after one refusal it is refused for ever, as measured."""

    def __init__(self, broker: "FakeBroker", batch_bytes: int) -> None:
        self._broker = broker
        self.batch_bytes = batch_bytes
        self.is_poisoned = False
        self.waiting: list[asyncio.Future[RecordMetadata]] = []

    def __del__(self) -> None: ...

    async def partitions_for(self, topic: str) -> set[int]:
        return {0}

    async def send(
        self, topic: str, value: bytes, key: bytes, **_: object
    ) -> asyncio.Future[RecordMetadata]:
        if len(value) > 1_000_000:
            raise MessageSizeTooLargeError("larger than max_request_size")
        confirmed: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        error = OutOfOrderSequenceNumber() if self.is_poisoned else self._broker.judge(self, value)
        if error is not None:
            self.is_poisoned = True
            confirmed.set_exception(error)
        elif self._broker.is_silent:
            self.waiting.append(confirmed)
        else:
            confirmed.set_result(self._broker.append(value))
        return confirmed


class FakeBroker:
    """A log, how it judges each message, and all clients that it has seen."""

    def __init__(self) -> None:
        self.log: list[bytes] = []
        self.clients: list[FakeClient] = []
        self.closed: list[FakeClient] = []
        self.is_silent = False
        self.is_away = False
        self.refuse: Judge = lambda _: None
        self.limit = 10**9

    def judge(self, client: FakeClient, value: bytes) -> KafkaError | None:
        # As if every batch were full.
        if max(len(value), client.batch_bytes) > self.limit:
            return MessageSizeTooLargeError()
        return self.refuse(value)

    def append(self, value: bytes) -> RecordMetadata:
        self.log.append(value)
        place = TopicPartition(TOPIC, 0)
        return RecordMetadata(TOPIC, 0, place, len(self.log) - 1, 0, 0, 0)

    async def start(self, batch_bytes: int) -> FakeClient:
        with translated():
            if self.is_away:
                raise KafkaConnectionError
        self.clients.append(FakeClient(self, batch_bytes))
        return self.clients[-1]

    async def close(self, client: FakeClient) -> None:
        """Deliver nothing more; who waits is told."""
        self.closed.append(client)
        for confirmed in client.waiting:
            confirmed.set_exception(ProducerClosed())

    def waiting(self) -> int:
        return sum(len(client.waiting) for client in self.clients)

    def refuses_once(self, error: KafkaError) -> None:
        errors = [error]
        self.refuse = lambda _: errors.pop() if errors else None


def bare(kind: type[KafkaError]) -> KafkaError:
    """As a broker's code arrives: some classes want arguments that nobody gives them then."""
    error = KafkaError.__new__(kind)
    error.args = ()
    return error

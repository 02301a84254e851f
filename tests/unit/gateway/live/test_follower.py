"""A gateway that cannot read the topics reports a fault of Kafka."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from typing_extensions import override

from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaFault, KafkaUnavailable
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryLogReader
from libs.common.kafka.ports import Bounds, Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import NOT_YET, OK, Readiness
from services.gateway.live.follower import TOPICS_READ, Follower
from services.gateway.live.live_view import LiveView
from services.gateway.projection.projection import Projection
from tests.unit.gateway.fake_gateway import TOPICS, FixedClock


class Unreadable(InMemoryLogReader):
    """Cannot be read once, then notes the readiness and ends the test."""

    def __init__(self, broker: "Broker", starts: Mapping[Partition, int | None]) -> None:
        super().__init__(broker, starts)
        self._broker_of_test = broker

    @override
    async def bounds(self) -> Mapping[Partition, Bounds]:
        self._broker_of_test.refuse()
        return await super().bounds()


class Broker(InMemoryBroker):
    def __init__(self, error: Exception, readiness: Readiness, stop: Stop) -> None:
        super().__init__()
        self._errors = [error]
        self._readiness = readiness
        self._stop = stop
        self.seen: dict[str, str] = {}

    @override
    @asynccontextmanager
    async def log_reader(
        self, starts: Mapping[Partition, int | None]
    ) -> AsyncIterator[InMemoryLogReader]:
        yield Unreadable(self, starts)

    def refuse(self) -> None:
        if self._errors:
            raise self._errors.pop()
        self.seen = self._readiness.states()
        self._stop.set()


@pytest.mark.parametrize(
    "error", [KafkaUnavailable("no answer"), KafkaFault("kafka_not_authorized", "no READ", "grant")]
)
async def test_topics_that_cannot_be_read_are_a_fault_of_kafka(error: Exception) -> None:
    stop = Stop()
    readiness = Readiness((KAFKA, TOPICS_READ), stop)
    broker = Broker(error, readiness, stop)
    await broker.ensure_topics(TOPICS.all(), 1)
    view = LiveView(Projection(), FixedClock())

    await Follower(TOPICS, view, readiness).run(broker, stop)

    assert broker.seen == {KAFKA: str(error), TOPICS_READ: NOT_YET}
    assert readiness.states() == {KAFKA: OK, TOPICS_READ: OK}

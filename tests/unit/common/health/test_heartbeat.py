"""A beat every five seconds, also while waiting, and null at a graceful stop."""

from collections.abc import Sequence

from typing_extensions import override

from libs.common.clock import Clock
from libs.common.contracts.codec import decode_as
from libs.common.contracts.heartbeats import BEAT_SECONDS, STANDBY, Beat
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat, instance_name
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryProducer, StoredRecord
from libs.common.kafka.ports import Message, Partition, Position
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness

TOPICS = Topics()


class FixedClock(Clock):
    @override
    def now_ms(self) -> int:
        return 17

    @override
    def monotonic(self) -> float:
        return 0.0


class StopAfter(Stop):
    """Is set after ``waits`` waits, which take no time."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.waited: list[float | None] = []
        self._waits = waits

    @override
    async def wait(self, seconds: float | None = None) -> bool:
        self.waited.append(seconds)
        if len(self.waited) >= self._waits:
            self.set()
        return self.is_set()


class ProducerWithoutBroker:
    """A broker that is away."""

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        raise KafkaUnavailable("connection lost")


async def beaten(broker: InMemoryBroker, heartbeat: Heartbeat, stop: Stop) -> list[StoredRecord]:
    await heartbeat.run(stop, FixedClock())
    return broker.logs[Partition(TOPICS.services, 0)]


async def living(state: str = "ok") -> tuple[InMemoryBroker, Heartbeat, Readiness]:
    broker = InMemoryBroker()
    await broker.ensure_topics(TOPICS.all(), 1)
    readiness = Readiness((KAFKA, "postgresql"), Stop())
    readiness.away("postgresql", state)
    return broker, Heartbeat("loader", TOPICS, InMemoryProducer(broker), readiness), readiness


def beats_of(records: list[StoredRecord]) -> list[Beat | None]:
    return [decode_as(Beat, record.value) if record.value else None for record in records]


async def test_a_heartbeat_is_published_every_five_seconds_until_the_stop() -> None:
    broker, heartbeat, _ = await living()
    stop = StopAfter(3)

    records = await beaten(broker, heartbeat, stop)

    assert stop.waited == [BEAT_SECONDS] * 3 == [5.0] * 3
    assert len(records) == 4


async def test_a_graceful_stop_publishes_a_tombstone() -> None:
    broker, heartbeat, _ = await living()

    records = await beaten(broker, heartbeat, StopAfter(1))

    assert {record.key for record in records} == {instance_name("loader").encode()}
    assert records[-1].value is None


async def test_a_heartbeat_names_the_instance_and_its_state() -> None:
    broker, heartbeat, readiness = await living()
    readiness.available(KAFKA)

    first, *_ = beats_of(await beaten(broker, heartbeat, StopAfter(1)))

    assert first is not None
    assert (first.instance, first.service, first.at) == (heartbeat.instance, "loader", 17)
    assert first.state == "active"
    assert first.checks == {KAFKA: "ok", "postgresql": "ok"}


async def test_a_waiting_process_publishes_what_it_waits_for() -> None:
    broker, heartbeat, _ = await living("starting up")

    first, *_ = beats_of(await beaten(broker, heartbeat, StopAfter(1)))

    assert first is not None
    assert first.state == "waiting"
    assert first.checks["postgresql"] == "starting up"


async def test_the_heartbeat_of_a_standby_says_standby() -> None:
    broker, heartbeat, readiness = await living()
    readiness.available(KAFKA)
    heartbeat.state = STANDBY

    first, *_ = beats_of(await beaten(broker, heartbeat, StopAfter(1)))

    assert first is not None
    assert first.state == "standby"


async def test_a_heartbeat_that_cannot_be_published_marks_kafka_as_away() -> None:
    readiness = Readiness((KAFKA,), Stop())
    readiness.available(KAFKA)

    await Heartbeat("loader", TOPICS, ProducerWithoutBroker(), readiness).run(
        StopAfter(2), FixedClock()
    )

    assert readiness.states() == {KAFKA: "connection lost"}


async def test_kafka_is_available_again_with_the_next_published_heartbeat() -> None:
    broker, heartbeat, readiness = await living()
    readiness.away(KAFKA, "connection lost")

    await beaten(broker, heartbeat, StopAfter(1))

    assert readiness.states()[KAFKA] == "ok"


def test_two_processes_have_different_instance_names() -> None:
    assert instance_name("loader") != instance_name("fetcher")

"""A Kafka that answers, and refuses: rights that are missing, topics that take less."""

from collections.abc import Sequence

import msgspec
import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from libs.common.contracts.enums import Outcome
from libs.common.health.heartbeat import Heartbeat
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import TopicLimit, translated
from libs.common.kafka.in_memory import InMemoryProducer
from libs.common.kafka.ports import Message, Position
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


class Guarded:
    """A producer with rights and limits by topic; see ``Producer``."""

    def __init__(self, system: FetcherSystem) -> None:
        self._producer = InMemoryProducer(system.broker)
        self.forbidden: set[str] = set()
        self.limits: dict[str, int] = {}

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        for message in messages:
            if message.topic in self.forbidden:
                with translated():
                    raise TopicAuthorizationFailedError(message.topic)
            size = len(message.value or b"")
            if size > self.limits.get(message.topic, 10**6):
                raise TopicLimit(message.topic, size)
        return await self._producer.publish(messages)


@pytest.fixture
def guarded(system: FetcherSystem) -> Guarded:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]
    guarded = Guarded(system)
    system.producer = guarded
    return guarded


def codes(system: FetcherSystem) -> list[str]:
    return [finding.code for finding in system.readiness.findings()]


async def test_a_sync_without_rights_waits_by_name_and_goes_on_after_the_grant(
    system: FetcherSystem, guarded: Guarded
) -> None:
    guarded.forbidden = {system.topics.records(STUDENTS)}

    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: codes(system))
        beat = Heartbeat("fetcher", system.topics, guarded, system.readiness)._publish
        await beat(b"{}")  # what goes to other topics is confirmed meanwhile
        assert codes(system) == ["kafka_not_authorized"]
        assert not system.readiness.ready()
        assert "--topic hemis. " in system.readiness.states()[KAFKA]

        guarded.forbidden.clear()
        decision = await system.decided(sync_id)

    assert decision.outcome is Outcome.COMPLETED
    assert (decision.distinct, decision.missing, decision.retries) == (35, 0, 0)
    assert codes(system) == []


async def test_a_record_over_the_limit_of_its_topic_becomes_a_stub_dead_letter(
    system: FetcherSystem, guarded: Guarded
) -> None:
    system.hemis.items[STUDENTS][12] = student(13, other="x" * 5000)
    guarded.limits[system.topics.records(STUDENTS)] = 4000

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.outcome, decision.rejected) == (Outcome.COMPLETED, 1)
    (letter,) = system.dead_letters()
    assert msgspec.json.decode(letter.value or b"")["id"] == "13"


async def test_a_dead_letter_over_the_limit_of_its_topic_costs_only_its_own_value(
    system: FetcherSystem, guarded: Guarded
) -> None:
    system.hemis.items[STUDENTS][12] = {"name": "x" * 5000}
    system.hemis.items[STUDENTS][13] = {"name": "nobody"}
    guarded.limits[system.topics.dead_letters] = 4000

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.outcome, decision.rejected) == (Outcome.COMPLETED, 2)
    stub, whole = (msgspec.json.decode(letter.value or b"") for letter in system.dead_letters())
    assert stub["size"] > 5000
    assert whole == {"name": "nobody"}


async def test_a_checkpoint_over_the_limit_of_its_topic_waits_until_it_is_raised(
    system: FetcherSystem, guarded: Guarded
) -> None:
    guarded.limits[system.topics.checkpoints] = 50

    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: codes(system))
        assert codes(system) == ["kafka_message_limit"]

        guarded.limits.clear()
        decision = await system.decided(sync_id)

    assert decision.outcome is Outcome.COMPLETED

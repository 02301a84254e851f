"""Dead letters on a topic that takes only small records."""

from collections.abc import Sequence

import msgspec
import pytest

from libs.common.clock import SystemClock
from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.topics import Topics
from libs.common.kafka.errors import MessageTooLarge, TopicLimit
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryProducer
from libs.common.kafka.ports import Message, Partition, Position
from services.loader.errors import RecordRefused
from services.loader.publishing.dead_letters import DeadLetterPublisher
from tests.unit.loader.records.sample_records import record

TOPICS = Topics()


class SizeLimitedProducer:
    """A ``Producer`` that refuses messages over 4000 bytes."""

    def __init__(self, broker: InMemoryBroker, refusal: Exception) -> None:
        self._producer = InMemoryProducer(broker)
        self._refusal = refusal

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        if any(len(message.value or b"") > 4000 for message in messages):
            raise self._refusal
        return await self._producer.publish(messages)


@pytest.mark.parametrize(
    "refusal", [MessageTooLarge("large"), TopicLimit(TOPICS.dead_letters, 5000)], ids=type
)
async def test_a_dead_letter_that_is_too_large_loses_only_its_own_value(refusal: Exception) -> None:
    broker = InMemoryBroker()
    await broker.ensure_topics(TOPICS.all(), 1)
    refused = RecordRefused(RejectCode.OUT_OF_RANGE, "a column")
    values = [b'{"a":1}', b"x" * 5000, b'{"b":2}']
    records = [
        record(0, offset=place, value=value, refused=refused) for place, value in enumerate(values)
    ]

    await DeadLetterPublisher(SizeLimitedProducer(broker, refusal), TOPICS, SystemClock()).publish(
        records
    )

    first, stub, last = broker.logs[Partition(TOPICS.dead_letters, 0)]
    assert (first.value, last.value) == (values[0], values[2])
    assert msgspec.json.decode(stub.value or b"") == {"id": "1", "size": 5000}
    assert all(one.has_dead_letter for one in records)

"""A client of aiokafka that failed is finished: the next message gets a new one."""

import asyncio

import pytest
from aiokafka.errors import (
    KafkaError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumber,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from libs.common.kafka.error_table import INSTALLATION, RECORD, SETUP
from libs.common.kafka.errors import KafkaFault, KafkaUnavailable, MessageTooLarge, TopicLimit
from libs.common.kafka.ports import Message
from libs.common.kafka.producer import KafkaProducer
from tests.scenarios.common.waiting_errors import WAIT
from tests.unit.common.kafka.fake_broker import TOPIC, FakeBroker, bare
from tests.waiting import eventually

FIRST, SECOND = Message(TOPIC, "1", b"first"), Message(TOPIC, "2", b"second")


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker()


@pytest.fixture
def producer(broker: FakeBroker) -> KafkaProducer:
    return KafkaProducer(broker.start, broker.close)


FAILURES = sorted((*SETUP, *INSTALLATION, *WAIT), key=str)


@pytest.mark.parametrize("kind", [kind for kind in FAILURES if "OffsetOutOfRange" not in str(kind)])
async def test_after_any_failure_the_next_message_gets_a_new_client(
    broker: FakeBroker, producer: KafkaProducer, kind: type[KafkaError]
) -> None:
    broker.refuses_once(bare(kind))

    with pytest.raises(Exception, match=r"."):
        await producer.publish([FIRST])
    positions = await producer.publish([FIRST, SECOND])

    assert [position.offset for position in positions] == [0, 1]
    assert broker.closed == broker.clients[:1]


async def test_a_missing_right_is_named_for_every_publisher(broker: FakeBroker) -> None:
    """Most of those that publish try again later without a word."""
    told: list[KafkaFault] = []
    producer = KafkaProducer(broker.start, broker.close, told.append)
    broker.refuses_once(TopicAuthorizationFailedError(TOPIC))

    with pytest.raises(KafkaFault):
        await producer.publish([FIRST])
    broker.limit = 3
    with pytest.raises(TopicLimit):
        await producer.publish([FIRST])

    assert [fault.code for fault in told] == ["kafka_not_authorized"]


async def test_a_message_over_the_clients_own_limit_keeps_the_client(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    with pytest.raises(MessageTooLarge):
        await producer.publish([Message(TOPIC, "1", b"x" * 2_000_000)])
    await producer.publish([FIRST])

    assert len(broker.clients) == 1


@pytest.mark.parametrize("kind", RECORD)
async def test_a_batch_that_is_too_large_is_sent_in_smaller_ones(
    broker: FakeBroker, producer: KafkaProducer, kind: type[KafkaError]
) -> None:
    broker.refuses_once(kind())

    positions = await producer.publish([FIRST, SECOND])

    assert [position.offset for position in positions] == [0, 1]
    assert [client.batch_bytes for client in broker.clients] == [256 * 1024, 16 * 1024]


async def test_the_smaller_batch_size_is_kept_for_later_messages(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.limit = 100_000

    await producer.publish([FIRST, SECOND])
    await producer.publish([FIRST, SECOND])

    assert len(broker.clients) == 2


async def test_a_topic_with_a_very_low_limit_gets_single_messages(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.limit = 10

    await producer.publish([FIRST, SECOND])

    assert broker.log == [b"first", b"second"]


async def test_only_a_message_that_is_alone_too_large_is_refused_and_named(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.limit = 100_000
    large = Message(TOPIC, "3", b"x" * 200_000)

    with pytest.raises(TopicLimit) as caught:
        await producer.publish([FIRST, large, SECOND])
    await producer.publish([FIRST, SECOND])

    assert caught.value.detail == f"Kafka refuses a message of 200001 bytes on {TOPIC}"
    assert f"--topic {TOPIC} --add-config max.message.bytes=" in caught.value.advice
    assert broker.log[-2:] == [b"first", b"second"]
    assert broker.clients[-1].batch_bytes == 16 * 1024


async def test_publishers_that_fail_together_share_one_new_client(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.is_silent = True
    first = [asyncio.ensure_future(producer.publish([FIRST])) for _ in range(3)]
    await eventually(lambda: broker.waiting() == 3)
    broker.is_silent = False
    broker.clients[0].waiting.pop().set_exception(NotLeaderForPartitionError())
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)

    await asyncio.gather(*(producer.publish([SECOND]) for _ in range(3)))
    errors = await asyncio.gather(*first, return_exceptions=True)

    assert all(isinstance(error, KafkaUnavailable) for error in errors)
    assert len(broker.clients) == 2
    assert broker.closed == broker.clients[:1]


async def test_a_failure_of_the_old_client_keeps_the_new_one(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.is_silent = True
    late = asyncio.ensure_future(producer.publish([FIRST]))
    await eventually(lambda: broker.waiting() == 1)
    broker.is_silent = False
    broker.clients[0].is_poisoned = True
    with pytest.raises(KafkaUnavailable):
        await producer.publish([SECOND])

    await producer.publish([SECOND])
    with pytest.raises(KafkaUnavailable):
        await late
    await producer.publish([SECOND])

    assert len(broker.clients) == 2


async def test_a_client_is_started_again_after_kafka_was_away(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.refuses_once(RecordListTooLargeError())
    await producer.publish([FIRST])
    broker.refuses_once(OutOfOrderSequenceNumber())
    with pytest.raises(KafkaUnavailable):
        await producer.publish([FIRST])

    broker.is_away = True
    with pytest.raises(KafkaUnavailable, match="KafkaConnectionError"):
        await producer.publish([FIRST])
    broker.is_away = False

    assert (await producer.publish([FIRST]))[0].offset == 1


async def test_no_client_is_started_after_the_end(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    await producer.begin()
    await producer.end()

    with pytest.raises(KafkaUnavailable, match="ended"):
        await producer.publish([FIRST])

    assert broker.closed == broker.clients


async def test_publishing_no_messages_needs_no_kafka(
    broker: FakeBroker, producer: KafkaProducer
) -> None:
    broker.is_away = True

    assert await producer.publish([]) == []

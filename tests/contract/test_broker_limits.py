"""A topic that takes less than Kafka's default, as a shared broker may have it."""

import asyncio
import re

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from libs.common.contracts.topics import Topic
from libs.common.kafka.client import KafkaBroker
from libs.common.kafka.errors import KafkaUnavailable, TopicLimit
from libs.common.kafka.ports import Message, Partition
from tests.contract.broker_suite import kafka_at, read_all, values

pytestmark = pytest.mark.integration

LIMIT = 100_000
ADVICE = re.compile(r"--topic (\S+) --add-config (\S+)=\[(\S+)\]")


@pytest.fixture
def broker(bootstrap_servers: str) -> KafkaBroker:
    return kafka_at(bootstrap_servers)


@pytest.fixture
async def narrow(broker: KafkaBroker, topic_prefix: str) -> Topic:
    topic = Topic(f"{topic_prefix}.narrow", 1, {"max.message.bytes": str(LIMIT)})
    await broker.ensure_topics([topic], 1)
    return topic


def page(topic: Topic) -> list[Message]:
    """A megabyte in 200 records."""
    return [Message(topic.name, str(number), b"%04d" % number * 1_250) for number in range(200)]


async def follow(advice: str, servers: str) -> None:
    """Do what the advice says, as the administrator would with Kafka's own command."""
    topic, setting, value = ADVICE.search(advice).groups()  # type: ignore[union-attr]
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {setting: value})
        await admin.alter_configs([resource])
    finally:
        await admin.close()


async def test_a_page_above_the_limit_of_its_topic_arrives_in_order(
    broker: KafkaBroker, narrow: Topic
) -> None:
    async with broker.producer() as producer:
        first = await producer.publish(page(narrow))
        second = await producer.publish(page(narrow))
    async with broker.log_reader({Partition(narrow.name, 0): None}) as reader:
        found = values(await read_all(reader))

    expected = [message.value for message in page(narrow)]
    assert [found[position.offset] for position in first] == expected
    assert [found[position.offset] for position in second] == expected


async def test_a_record_above_the_limit_is_refused_until_the_advice_is_followed(
    broker: KafkaBroker, narrow: Topic, bootstrap_servers: str
) -> None:
    large = Message(narrow.name, "large", b"x" * 2 * LIMIT)

    async with broker.producer() as producer:
        with pytest.raises(TopicLimit) as caught:
            await producer.publish([large])
        await producer.publish(page(narrow))

        await follow(caught.value.advice, bootstrap_servers)

        assert await producer.publish([large])


async def test_nothing_confirmed_is_lost_while_others_fail(
    broker: KafkaBroker, narrow: Topic
) -> None:
    """Several publish at once, and one of them ruins the client for all."""
    large = Message(narrow.name, "large", b"x" * 2 * LIMIT)
    confirmed: list[bytes | None] = []

    async with broker.producer() as producer:

        async def persist(value: bytes) -> None:
            while True:
                try:
                    await producer.publish([Message(narrow.name, value.decode(), value)])
                except KafkaUnavailable:
                    continue
                confirmed.append(value)
                return

        async def ruin() -> None:
            with pytest.raises(KafkaUnavailable):
                await producer.publish([large])

        async with asyncio.TaskGroup() as tasks:
            for number in range(200):
                tasks.create_task(persist(b"%d" % number))
                if number % 50 == 0:
                    tasks.create_task(ruin())
    async with broker.log_reader({Partition(narrow.name, 0): None}) as reader:
        found = values(await read_all(reader))

    assert len(confirmed) == 200
    assert set(confirmed) <= set(found)

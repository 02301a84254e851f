"""Others may set how a broker or a topic compresses: all of it is read."""

import pytest
from aiokafka import AIOKafkaProducer

from libs.common.contracts.topics import Topic
from libs.common.kafka.ports import Message, Partition
from tests.contract.broker_suite import RecordingListener, kafka_at, poll_until, read_all, values

pytestmark = pytest.mark.integration

CODECS = ["gzip", "snappy", "lz4", "zstd"]


async def test_a_topic_that_holds_all_four_codecs_is_read(
    bootstrap_servers: str, topic_prefix: str
) -> None:
    broker, topic = kafka_at(bootstrap_servers), Topic(f"{topic_prefix}.mixed", 1, {})
    partition = Partition(topic.name, 0)
    await broker.ensure_topics([topic], 1)

    for codec in CODECS:
        async with AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers, compression_type=codec
        ) as producer:
            await producer.send_and_wait(topic.name, codec.encode() * 100, b"key")

    expected = [codec.encode() * 100 for codec in CODECS]
    async with broker.log_reader({partition: None}) as reader:
        assert values(await read_all(reader)) == expected
    async with broker.group_consumer(topic_prefix, [topic.name], RecordingListener()) as consumer:
        consumer.seek(partition, 0)
        consumer.resume([partition])
        assert values(await poll_until(consumer, [partition], 4)) == expected


async def test_a_topic_compressed_by_its_own_setting_is_read(
    bootstrap_servers: str, topic_prefix: str
) -> None:
    broker = kafka_at(bootstrap_servers)
    topics = [Topic(f"{topic_prefix}.{codec}", 1, {"compression.type": codec}) for codec in CODECS]
    await broker.ensure_topics(topics, 1)

    async with broker.producer() as producer:
        await producer.publish([Message(topic.name, "key", b"x" * 1_000) for topic in topics])

    async with broker.log_reader({Partition(topic.name, 0): None for topic in topics}) as reader:
        assert values(await read_all(reader)) == [b"x" * 1_000] * 4

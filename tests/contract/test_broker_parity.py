"""Topics, publishing and reading alone: the same on the broker in memory and on Kafka."""

import asyncio

import pytest

from libs.common.contracts.topics import Topic
from libs.common.errors import ConfigurationError
from libs.common.kafka.errors import MessageTooLarge
from libs.common.kafka.ports import Bounds, Broker, Message, Partition, Record
from tests.contract.broker_suite import partition_of_key, publish_each, read_all, values

LIMIT = 1024 * 1024


async def test_making_topics_again_changes_nothing(broker: Broker, topic: Topic) -> None:
    await publish_each(broker, topic, "1042")

    await broker.ensure_topics([topic], 1)

    async with broker.log_reader({partition_of_key("1042", topic): None}) as reader:
        assert values(await read_all(reader)) == [b"0"]


async def test_a_topic_with_another_partition_count_is_refused_by_name(
    broker: Broker, topic: Topic
) -> None:
    other = Topic(topic.name, 3, {})

    with pytest.raises(ConfigurationError, match="KAFKA_PARTITIONS") as caught:
        await broker.ensure_topics([other], 1)

    assert f"topic {topic.name} has 4 partitions, expected 3" in str(caught.value)


async def test_publishing_returns_the_position_of_each_message(
    broker: Broker, topic: Topic
) -> None:
    positions = await publish_each(broker, topic, "1042", "1043", "1042", "1042")

    partition = partition_of_key("1042", topic).partition
    offsets = [position.offset for position in positions if position.partition == partition]
    assert positions[0].partition == positions[2].partition == positions[3].partition == partition
    assert offsets == list(range(len(offsets)))


async def test_the_key_chooses_the_partition(broker: Broker, topic: Topic) -> None:
    keys = [str(number) for number in range(20)]

    positions = await publish_each(broker, topic, *keys)

    assert [position.partition for position in positions] == [
        partition_of_key(key, topic).partition for key in keys
    ]


async def test_a_route_overrides_the_key_when_the_partition_is_chosen(
    broker: Broker, topic: Topic
) -> None:
    messages = [
        Message(topic.name, f"1826:{position}", b"{}", route="1826") for position in range(10)
    ]

    async with broker.producer() as producer:
        positions = await producer.publish(messages)

    assert {position.partition for position in positions} == {
        partition_of_key("1826", topic).partition
    }


async def test_nothing_to_publish_is_published_at_once(broker: Broker) -> None:
    async with broker.producer() as producer:
        assert await producer.publish([]) == []


async def test_a_record_is_read_as_it_was_published(broker: Broker, topic: Topic) -> None:
    headers = (("ce_id", b"a-sync/1/1"), ("page", b"1"))
    partition = partition_of_key("1042", topic)

    async with broker.producer() as producer:
        await producer.publish([Message(topic.name, "1042", b'{"id": 1}', headers)])
    async with broker.log_reader({partition: None}) as reader:
        (record,) = await read_all(reader)

    assert Partition(record.topic, record.partition) == partition
    assert (record.offset, record.key, record.value) == (0, b"1042", b'{"id": 1}')
    assert tuple(record.headers) == headers


async def test_a_tombstone_is_a_record_without_a_value(broker: Broker, topic: Topic) -> None:
    async with broker.producer() as producer:
        await producer.publish([Message(topic.name, "1042", None)])
    async with broker.log_reader({partition_of_key("1042", topic): None}) as reader:
        (record,) = await read_all(reader)

    assert (record.key, record.value) == (b"1042", None)


async def test_a_message_just_below_the_limit_is_taken(broker: Broker, topic: Topic) -> None:
    async with broker.producer() as producer:
        (position,) = await producer.publish([Message(topic.name, "1042", b"x" * (LIMIT - 500))])

    assert position.offset == 0


async def test_a_message_beyond_the_limit_is_refused(broker: Broker, topic: Topic) -> None:
    async with broker.producer() as producer:
        with pytest.raises(MessageTooLarge):
            await producer.publish([Message(topic.name, "1042", b"x" * (LIMIT + 1))])


async def test_after_a_refusal_publishing_goes_on(broker: Broker, topic: Topic) -> None:
    async with broker.producer() as producer:
        with pytest.raises(MessageTooLarge):
            await producer.publish([Message(topic.name, "1042", b"x" * 2 * LIMIT)])
        (position,) = await producer.publish([Message(topic.name, "1042", b"x")])

    assert position.offset == 0


async def test_a_log_is_read_from_its_beginning_to_its_end(broker: Broker, topic: Topic) -> None:
    await publish_each(broker, topic, *["1042"] * 1_200)
    partition = partition_of_key("1042", topic)

    async with broker.log_reader({partition: None}) as reader:
        records = await read_all(reader)

        assert [record.offset for record in records] == list(range(1_200))
        assert await reader.position(partition) == 1_200


async def test_a_log_is_read_from_an_offset(broker: Broker, topic: Topic) -> None:
    await publish_each(broker, topic, *["1042"] * 5)

    async with broker.log_reader({partition_of_key("1042", topic): 3}) as reader:
        assert values(await read_all(reader)) == [b"3", b"4"]


async def test_several_logs_are_read_side_by_side(broker: Broker, topic: Topic) -> None:
    keys = [str(number) for number in range(40)]
    await publish_each(broker, topic, *keys)

    places = [Partition(topic.name, number) for number in range(topic.partitions)]
    async with broker.log_reader(dict.fromkeys(places)) as reader:
        records = await read_all(reader)

    assert {record.key for record in records} == {key.encode() for key in keys}


async def test_an_empty_log_is_at_its_end(broker: Broker, topic: Topic) -> None:
    async with broker.log_reader({partition_of_key("1042", topic): None}) as reader:
        assert await read_all(reader) == []


async def test_a_reader_beyond_the_end_goes_on_at_the_logs_beginning(
    broker: Broker, topic: Topic
) -> None:
    await publish_each(broker, topic, "1042", "1042")

    async with broker.log_reader({partition_of_key("1042", topic): 1_000}) as reader:
        found: list[Record] = []
        while not found:
            found = await reader.poll(0.5)

    assert values(found) == [b"0", b"1"]


async def test_a_poll_that_finds_nothing_ends_after_its_time(broker: Broker, topic: Topic) -> None:
    async with broker.log_reader({partition_of_key("1042", topic): None}) as reader:
        async with asyncio.timeout(5):
            assert await reader.poll(0.05) == []


async def test_a_reader_sees_what_comes_later(broker: Broker, topic: Topic) -> None:
    async with broker.log_reader({partition_of_key("1042", topic): None}) as reader:
        assert await read_all(reader) == []
        await publish_each(broker, topic, "1042")

        assert values(await read_all(reader)) == [b"0"]


async def test_a_reader_knows_where_its_logs_begin_and_end(broker: Broker, topic: Topic) -> None:
    await publish_each(broker, topic, "1042", "1042")
    partition = partition_of_key("1042", topic)

    async with broker.log_reader({partition: None}) as reader:
        assert await reader.bounds() == {partition: Bounds(0, 2)}
        assert await reader.position(partition) == 0


async def test_a_reader_knows_the_ends_of_logs_that_it_does_not_read(
    broker: Broker, topic: Topic
) -> None:
    await publish_each(broker, topic, "1042", "1042")
    partition = partition_of_key("1042", topic)
    other = next(p for p in range(4) if p != partition.partition)

    async with broker.log_reader({Partition(topic.name, other): None}) as reader:
        assert await reader.ends([partition]) == {partition: 2}
        assert await reader.ends([]) == {}

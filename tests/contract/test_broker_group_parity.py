"""Reading as a member of a group: the same on the broker in memory and on Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from libs.common.contracts.topics import Topic
from libs.common.kafka.errors import OffsetsGone
from libs.common.kafka.ports import Bounds, Broker, GroupConsumer, Partition
from tests.contract.broker_suite import (
    RecordingListener,
    partition_of_key,
    poll_until,
    publish_each,
    values,
)

KEYS = ["1042"] * 5


def all_partitions(topic: Topic) -> set[Partition]:
    return {Partition(topic.name, number) for number in range(topic.partitions)}


@pytest.fixture
def partition(topic: Topic) -> Partition:
    return partition_of_key("1042", topic)


@pytest.fixture
def group(topic_prefix: str) -> str:
    return f"{topic_prefix}.group"


@pytest.fixture
async def consumer(broker: Broker, topic: Topic, group: str) -> AsyncIterator[GroupConsumer]:
    """The only member of its group, in front of five records of one key."""
    await publish_each(broker, topic, *KEYS)
    async with broker.group_consumer(group, [topic.name], RecordingListener()) as consumer:
        yield consumer


async def test_a_lone_member_is_assigned_everything(
    broker: Broker, topic: Topic, group: str
) -> None:
    listener = RecordingListener()

    async with broker.group_consumer(group, [topic.name], listener):
        assert listener.partitions == all_partitions(topic)
        assert listener.calls == ["assigned"]

    assert listener.calls == ["assigned"]


async def test_no_record_is_read_before_seek_and_resume(
    consumer: GroupConsumer, partition: Partition
) -> None:
    assert await consumer.poll([partition], 10, 0.1) == []

    consumer.seek(partition, 0)
    assert await consumer.poll([partition], 10, 0.1) == []

    consumer.resume([partition])
    assert values(await poll_until(consumer, [partition], 5)) == [b"0", b"1", b"2", b"3", b"4"]


async def test_without_a_position_a_poll_waits_and_does_not_spin(
    consumer: GroupConsumer, partition: Partition
) -> None:
    consumer.resume([partition])
    begin = time.monotonic()

    for _ in range(3):
        assert await consumer.poll([partition], 10, 0.1) == []

    assert time.monotonic() - begin > 0.2


async def test_records_are_read_from_the_sought_offset(
    consumer: GroupConsumer, partition: Partition
) -> None:
    consumer.seek(partition, 3)
    consumer.resume([partition])

    assert values(await poll_until(consumer, [partition], 2)) == [b"3", b"4"]


async def test_seeking_back_reads_again(consumer: GroupConsumer, partition: Partition) -> None:
    consumer.seek(partition, 0)
    consumer.resume([partition])
    await poll_until(consumer, [partition], 5)

    consumer.seek(partition, 4)

    assert values(await poll_until(consumer, [partition], 1)) == [b"4"]


async def test_a_pause_holds_records_back_and_loses_none(
    consumer: GroupConsumer, partition: Partition
) -> None:
    consumer.seek(partition, 0)
    consumer.resume([partition])
    first = await poll_until(consumer, [partition], 2, max_records=2)

    consumer.pause([partition])
    assert await consumer.poll([partition], 10, 0.3) == []

    consumer.resume([partition])
    rest = await poll_until(consumer, [partition], 3)
    assert values(first + rest) == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_poll_takes_at_most_what_was_asked_for(
    consumer: GroupConsumer, partition: Partition
) -> None:
    consumer.seek(partition, 0)
    consumer.resume([partition])

    sizes = [len(await poll_until(consumer, [partition], 1, max_records=2)) for _ in range(3)]

    assert sizes == [2, 2, 1]


async def test_a_poll_of_other_partitions_takes_nothing(
    consumer: GroupConsumer, topic: Topic, partition: Partition
) -> None:
    for each in all_partitions(topic):
        consumer.seek(each, 0)
        consumer.resume([each])

    assert await consumer.poll(all_partitions(topic) - {partition}, 10, 0.3) == []

    assert len(await poll_until(consumer, [partition], 5)) == 5


async def test_a_poll_of_no_partition_takes_nothing(
    consumer: GroupConsumer, topic: Topic, partition: Partition
) -> None:
    """A loader polls so while it claims; a record read then would be lost."""
    for each in all_partitions(topic):
        consumer.seek(each, 0)
        consumer.resume([each])
    await poll_until(consumer, [partition], 1, max_records=1)

    for _ in range(3):
        assert await consumer.poll((), 10, 0.1) == []

    assert values(await poll_until(consumer, [partition], 4)) == [b"1", b"2", b"3", b"4"]


async def test_a_poll_ends_when_something_comes(
    consumer: GroupConsumer, broker: Broker, topic: Topic, partition: Partition
) -> None:
    consumer.seek(partition, 5)
    consumer.resume([partition])

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
        polling = tasks.create_task(poll_until(consumer, [partition], 1))
        await publish_each(broker, topic, "1042")

    assert [record.offset for record in polling.result()] == [5]


async def test_a_position_beyond_the_end_is_never_replaced_silently(
    consumer: GroupConsumer, partition: Partition
) -> None:
    consumer.seek(partition, 1_000)
    consumer.resume([partition])

    with pytest.raises(OffsetsGone) as caught:
        await poll_until(consumer, [partition], 1)

    assert caught.value.partitions == {partition}
    consumer.seek(partition, 4)
    assert values(await poll_until(consumer, [partition], 1)) == [b"4"]


async def test_the_end_of_a_log_is_a_valid_position(
    consumer: GroupConsumer, partition: Partition
) -> None:
    consumer.seek(partition, 5)
    consumer.resume([partition])

    assert await consumer.poll([partition], 10, 0.3) == []


async def test_a_member_knows_where_a_log_begins_and_ends(
    consumer: GroupConsumer, topic: Topic, partition: Partition
) -> None:
    found = {each: await consumer.bounds(each) for each in all_partitions(topic)}

    assert found == dict.fromkeys(all_partitions(topic), Bounds(0, 0)) | {partition: Bounds(0, 5)}


async def test_a_committed_offset_is_returned(
    consumer: GroupConsumer, partition: Partition
) -> None:
    assert await consumer.committed(partition) is None

    await consumer.commit({partition: 3})

    assert await consumer.committed(partition) == 3


async def test_a_partition_of_somebody_else_is_left_out_of_a_commit(
    consumer: GroupConsumer, partition: Partition
) -> None:
    await consumer.commit({partition: 3, Partition("elsewhere", 0): 7})

    assert await consumer.committed(partition) == 3


async def test_the_next_member_stands_at_the_committed_offset_until_it_seeks(
    broker: Broker, topic: Topic, group: str, partition: Partition
) -> None:
    await publish_each(broker, topic, *KEYS)
    async with broker.group_consumer(group, [topic.name], RecordingListener()) as first:
        await first.commit({partition: 3})

    async with broker.group_consumer(group, [topic.name], RecordingListener()) as second:
        assert await second.committed(partition) == 3
        second.resume([partition])
        assert values(await poll_until(second, [partition], 2)) == [b"3", b"4"]

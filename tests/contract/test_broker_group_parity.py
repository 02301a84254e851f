"""Reading as a member of a group: the same on the broker in memory and on Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from libs.common.contracts.topics import Topic
from libs.common.kafka.errors import OffsetsGone
from libs.common.kafka.ports import Bounds, Broker, GroupConsumer, Partition
from tests.contract.broker_suite import Waiter, home_of, poll_until, serve, values

KEYS = ["plov"] * 5


def everything(topic: Topic) -> set[Partition]:
    return {Partition(topic.name, number) for number in range(topic.partitions)}


@pytest.fixture
def plov(dishes: Topic) -> Partition:
    return home_of("plov", dishes)


@pytest.fixture
def group(topic_prefix: str) -> str:
    return f"{topic_prefix}.waiters"


@pytest.fixture
async def consumer(broker: Broker, dishes: Topic, group: str) -> AsyncIterator[GroupConsumer]:
    """The only member of its group, in front of five records of one key."""
    await serve(broker, dishes, *KEYS)
    async with broker.group_consumer(group, [dishes.name], Waiter()) as consumer:
        yield consumer


async def test_a_lone_member_is_assigned_everything(
    broker: Broker, dishes: Topic, group: str
) -> None:
    waiter = Waiter()

    async with broker.group_consumer(group, [dishes.name], waiter):
        assert waiter.partitions == everything(dishes)
        assert waiter.told == ["assigned"]

    assert waiter.told == ["assigned"]


async def test_nothing_flows_before_a_partition_is_sought_and_resumed(
    consumer: GroupConsumer, plov: Partition
) -> None:
    assert await consumer.poll([plov], 10, 0.1) == []

    consumer.seek(plov, 0)
    assert await consumer.poll([plov], 10, 0.1) == []

    consumer.resume([plov])
    assert values(await poll_until(consumer, [plov], 5)) == [b"0", b"1", b"2", b"3", b"4"]


async def test_without_a_position_a_poll_waits_and_does_not_spin(
    consumer: GroupConsumer, plov: Partition
) -> None:
    consumer.resume([plov])
    begin = time.monotonic()

    for _ in range(3):
        assert await consumer.poll([plov], 10, 0.1) == []

    assert time.monotonic() - begin > 0.2


async def test_records_flow_from_where_was_sought(consumer: GroupConsumer, plov: Partition) -> None:
    consumer.seek(plov, 3)
    consumer.resume([plov])

    assert values(await poll_until(consumer, [plov], 2)) == [b"3", b"4"]


async def test_seeking_back_reads_again(consumer: GroupConsumer, plov: Partition) -> None:
    consumer.seek(plov, 0)
    consumer.resume([plov])
    await poll_until(consumer, [plov], 5)

    consumer.seek(plov, 4)

    assert values(await poll_until(consumer, [plov], 1)) == [b"4"]


async def test_a_pause_holds_records_back_and_loses_none(
    consumer: GroupConsumer, plov: Partition
) -> None:
    consumer.seek(plov, 0)
    consumer.resume([plov])
    first = await poll_until(consumer, [plov], 2, max_records=2)

    consumer.pause([plov])
    assert await consumer.poll([plov], 10, 0.3) == []

    consumer.resume([plov])
    rest = await poll_until(consumer, [plov], 3)
    assert values(first + rest) == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_poll_takes_at_most_what_was_asked_for(
    consumer: GroupConsumer, plov: Partition
) -> None:
    consumer.seek(plov, 0)
    consumer.resume([plov])

    sizes = [len(await poll_until(consumer, [plov], 1, max_records=2)) for _ in range(3)]

    assert sizes == [2, 2, 1]


async def test_a_poll_of_other_partitions_takes_nothing(
    consumer: GroupConsumer, dishes: Topic, plov: Partition
) -> None:
    for place in everything(dishes):
        consumer.seek(place, 0)
        consumer.resume([place])

    assert await consumer.poll(everything(dishes) - {plov}, 10, 0.3) == []

    assert len(await poll_until(consumer, [plov], 5)) == 5


async def test_a_poll_of_no_partition_takes_nothing(
    consumer: GroupConsumer, dishes: Topic, plov: Partition
) -> None:
    """A loader polls so while it claims; a record read then would be lost."""
    for place in everything(dishes):
        consumer.seek(place, 0)
        consumer.resume([place])
    await poll_until(consumer, [plov], 1, max_records=1)

    for _ in range(3):
        assert await consumer.poll((), 10, 0.1) == []

    assert values(await poll_until(consumer, [plov], 4)) == [b"1", b"2", b"3", b"4"]


async def test_a_poll_ends_when_something_comes(
    consumer: GroupConsumer, broker: Broker, dishes: Topic, plov: Partition
) -> None:
    consumer.seek(plov, 5)
    consumer.resume([plov])

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
        polling = tasks.create_task(poll_until(consumer, [plov], 1))
        await serve(broker, dishes, "plov")

    assert [record.offset for record in polling.result()] == [5]


async def test_a_position_beyond_the_end_is_never_replaced_silently(
    consumer: GroupConsumer, plov: Partition
) -> None:
    consumer.seek(plov, 1_000)
    consumer.resume([plov])

    with pytest.raises(OffsetsGone) as caught:
        await poll_until(consumer, [plov], 1)

    assert caught.value.partitions == {plov}
    consumer.seek(plov, 4)
    assert values(await poll_until(consumer, [plov], 1)) == [b"4"]


async def test_the_end_itself_is_a_good_position(consumer: GroupConsumer, plov: Partition) -> None:
    consumer.seek(plov, 5)
    consumer.resume([plov])

    assert await consumer.poll([plov], 10, 0.3) == []


async def test_a_member_knows_where_a_log_begins_and_ends(
    consumer: GroupConsumer, dishes: Topic, plov: Partition
) -> None:
    found = {place: await consumer.bounds(place) for place in everything(dishes)}

    assert found == dict.fromkeys(everything(dishes), Bounds(0, 0)) | {plov: Bounds(0, 5)}


async def test_what_was_committed_is_known(consumer: GroupConsumer, plov: Partition) -> None:
    assert await consumer.committed(plov) is None

    await consumer.commit({plov: 3})

    assert await consumer.committed(plov) == 3


async def test_a_partition_of_somebody_else_is_left_out_of_a_commit(
    consumer: GroupConsumer, plov: Partition
) -> None:
    await consumer.commit({plov: 3, Partition("elsewhere", 0): 7})

    assert await consumer.committed(plov) == 3


async def test_the_next_member_stands_at_the_committed_offset_until_it_seeks(
    broker: Broker, dishes: Topic, group: str, plov: Partition
) -> None:
    await serve(broker, dishes, *KEYS)
    async with broker.group_consumer(group, [dishes.name], Waiter()) as first:
        await first.commit({plov: 3})

    async with broker.group_consumer(group, [dishes.name], Waiter()) as second:
        assert await second.committed(plov) == 3
        second.resume([plov])
        assert values(await poll_until(second, [plov], 2)) == [b"3", b"4"]

"""What only the real Kafka can show."""

import asyncio
from contextlib import suppress

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from libs.common.contracts.topics import Topic, Topics
from libs.common.kafka.ports import Partition
from tests.contract.broker_suite import RecordingListener, connections_to, kafka_at
from tests.waiting import eventually

pytestmark = pytest.mark.integration


async def configuration(servers: str, name: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        async with asyncio.timeout(30):
            while True:
                (answer,) = await admin.describe_configs(
                    [ConfigResource(ConfigResourceType.TOPIC, name)]
                )
                ((_, _, _, _, entries),) = answer.resources
                # None while the broker has only just made the topic.
                if entries:
                    return {entry[0]: entry[1] for entry in entries}
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


@pytest.mark.parametrize("number", range(len(Topics().all())))
async def test_a_topic_has_the_configuration_of_the_contract(
    bootstrap_servers: str, topic_prefix: str, number: int
) -> None:
    topic = Topics(topic_prefix).all()[number]
    await kafka_at(bootstrap_servers).ensure_topics([topic], 1)

    found = await configuration(bootstrap_servers, topic.name)

    assert {name: found[name] for name in topic.config} == topic.config
    assert found["min.insync.replicas"] == "1"


async def test_services_that_start_together_make_the_topics_once(
    bootstrap_servers: str, topic_prefix: str
) -> None:
    topics = Topics(topic_prefix).all()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(kafka_at(bootstrap_servers).ensure_topics(topics, 1))


async def test_a_start_keeps_no_connection_at_whatever_moment_it_is_cancelled(
    bootstrap_servers: str,
) -> None:
    broker = kafka_at(bootstrap_servers)
    port = int(bootstrap_servers.rpartition(":")[2])
    before = connections_to(port)

    for milliseconds in range(20):
        with suppress(TimeoutError):
            async with asyncio.timeout(milliseconds / 1000):
                await broker.describe_topics([])

    await eventually(lambda: connections_to(port) == before)


async def test_members_share_the_partitions_and_take_over_from_one_that_leaves(
    bootstrap_servers: str, topic_prefix: str
) -> None:
    broker = kafka_at(bootstrap_servers)
    topic = Topic(f"{topic_prefix}.sample", 4, {})
    all_partitions = {Partition(topic.name, number) for number in range(4)}
    await broker.ensure_topics([topic], 1)
    one, two = RecordingListener(), RecordingListener()

    async with broker.group_consumer(topic_prefix, [topic.name], one):
        assert one.partitions == all_partitions
        async with broker.group_consumer(topic_prefix, [topic.name], two):
            await eventually(lambda: len(one.partitions) == len(two.partitions) == 2)
            assert one.partitions | two.partitions == all_partitions
        await eventually(lambda: one.partitions == all_partitions)

    assert one.calls == ["assigned", "revoked", "assigned", "revoked", "assigned"]

"""Creating topics with explicit configuration; nothing is ever created by accident."""

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from libs.common.contracts.topics import Topic
from libs.common.errors import ConfigurationError

_LOOK_AGAIN_SECONDS = 0.05


async def ensure_topics(
    admin: AIOKafkaAdminClient, wanted: Collection[Topic], replication: int
) -> None:
    """Create what is missing and compare the partition counts of what is there.

    Returns when the broker knows all of them: a consumer that joined before would be assigned
    nothing, and look again minutes later.

    Raises:
        ConfigurationError: another partition count; keys would land on other partitions.
        KafkaError: the broker refused, or is away.
    """
    there = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in there]
    if missing:
        await _create(admin, missing, replication)
    counts = await _partition_counts(admin, [topic.name for topic in wanted])
    for topic in wanted:
        require_partitions(topic, counts[topic.name])


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    while True:
        described = await admin.describe_topics(names)
        counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
        # None yet: the broker has only just made it.
        if all(counts[name] for name in names):
            return counts
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def describe(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, Topic]:
    """Describe those of the topics that are there; raises KafkaError."""
    known = set(await admin.list_topics())
    there = [name for name in names if name in known]
    if not there:
        return {}
    counts = await _partition_counts(admin, there)
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
    configs = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in await admin.describe_configs(wanted)
        for _, _, _, name, entries in answer.resources
    }
    return {name: Topic(name, counts[name], configs[name]) for name in there}


def require_partitions(topic: Topic, count: int) -> None:
    """Raise ConfigurationError when the topic that is there has another partition count."""
    if count != topic.partitions:
        raise ConfigurationError(
            f"topic {topic.name} has {count} partitions, configured are "
            f"{topic.partitions}: set KAFKA_PARTITIONS to what is there"
        )


async def _create(admin: AIOKafkaAdminClient, missing: Collection[Topic], replication: int) -> None:
    response = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config)
            for topic in missing
        ]
    )
    for name, code, *rest in response.topic_errors:
        _raise_for(name, code, rest)


def _raise_for(name: str, code: int, rest: list[Any]) -> None:
    kind: type[KafkaError] = for_code(code)
    # Another service that starts at the same moment may have been faster.
    if code and kind is not TopicAlreadyExistsError:
        raise kind(f"topic {name} cannot be created: {rest}")

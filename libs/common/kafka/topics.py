"""Creating topics with explicit configuration; nothing is ever created by accident."""

from collections.abc import Collection
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from libs.common.contracts.topics import Topic
from libs.common.errors import ConfigurationError


async def ensure_topics(
    admin: AIOKafkaAdminClient, wanted: Collection[Topic], replication: int
) -> None:
    """Create what is missing and compare the partition counts of what is there.

    Raises:
        ConfigurationError: another partition count; keys would land on other partitions.
        KafkaError: the broker refused, or is away.
    """
    there = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in there]
    if missing:
        await _create(admin, missing, replication)
    described = await admin.describe_topics([topic.name for topic in wanted])
    counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
    for topic in wanted:
        # None yet: the broker has only just made it.
        if counts[topic.name]:
            require_partitions(topic, counts[topic.name])


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

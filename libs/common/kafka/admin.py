"""Creates topics with explicit configuration, and describes them; creates none by accident."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from libs.common.contracts.topics import Topic
from libs.common.errors import ConfigurationError
from libs.common.kafka.ports import FoundTopic

_RETRY_SECONDS = 0.05


def least_in_sync(replication: int) -> int:
    """Return ``min.insync.replicas``: all replicas but one, so that one broker may be away."""
    return max(1, replication - 1)


def config_of(topic: Topic, replication: int) -> dict[str, str]:
    """Return the configuration that a topic is created with."""
    return topic.config | {"min.insync.replicas": str(least_in_sync(replication))}


def topic_as_created(topic: Topic, replication: int) -> FoundTopic:
    config = config_of(topic, replication)
    return FoundTopic(topic.name, topic.partitions, config, replication, replication)


async def ensure_topics(
    admin: AIOKafkaAdminClient, wanted: Collection[Topic], replication: int
) -> None:
    """Create missing topics, and compare the partition counts of existing ones.

    Returns when the broker knows all topics. A consumer that joined earlier would be assigned
    nothing, and would ask again minutes later.

    Raises:
        ConfigurationError: another partition count, which would move keys to other partitions.
        KafkaError: the broker refused, or is away.
    """
    existing = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in existing]
    if missing:
        await _create(admin, missing, replication)
    counts = await _partition_counts(admin, [topic.name for topic in wanted])
    for topic in wanted:
        require_partitions(topic, counts[topic.name])


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    while True:
        counts = {one["topic"]: len(one["partitions"]) for one in await _metadata(admin, names)}
        # No partitions yet: the broker has only just created the topic.
        if all(counts[name] for name in names):
            return counts
        await asyncio.sleep(_RETRY_SECONDS)


async def _metadata(admin: AIOKafkaAdminClient, names: Collection[str]) -> list[dict[str, Any]]:
    """Request metadata without creating topics, as aiokafka's ``describe_topics`` often does."""
    request = MetadataRequest(list(names), allow_auto_topic_creation=False)
    answer = await admin._send_request(request)  # noqa: SLF001
    topics: list[dict[str, Any]] = answer.to_object()["topics"]
    for topic in topics:
        if topic["error_code"] == TopicAuthorizationFailedError.errno:
            raise TopicAuthorizationFailedError(topic["topic"])
    return topics


async def describe(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, FoundTopic]:
    """Describe the topics that exist; raises KafkaError."""
    if not names:
        return {}
    existing = [topic for topic in await _metadata(admin, names) if topic["partitions"]]
    configs = await _configs(admin, [topic["topic"] for topic in existing]) if existing else {}
    return {
        topic["topic"]: _found(topic["topic"], topic["partitions"], configs[topic["topic"]])
        for topic in existing
    }


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(wanted):
        for code, message, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(name, message)
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs


def _found(name: str, partitions: Sequence[dict[str, Any]], config: dict[str, str]) -> FoundTopic:
    return FoundTopic(
        name,
        len(partitions),
        config,
        replicas=min(len(one["replicas"]) for one in partitions),
        in_sync=min(len(one["isr"]) for one in partitions),
        leaderless=sum(one["leader"] < 0 for one in partitions),
    )


def require_partitions(topic: Topic, count: int) -> None:
    """Raise ConfigurationError if the existing topic has another partition count."""
    if count != topic.partitions:
        raise ConfigurationError(
            f"topic {topic.name} has {count} partitions, expected {topic.partitions}:"
            f" set KAFKA_PARTITIONS to the number that it has"
        )


async def _create(admin: AIOKafkaAdminClient, missing: Collection[Topic], replication: int) -> None:
    response = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                replication,
                topic_configs=config_of(topic, replication),
            )
            for topic in missing
        ]
    )
    for name, code, *message in response.topic_errors:
        kind: type[KafkaError] = for_code(code)
        # Another service that starts at the same moment may have created it.
        if code and kind is not TopicAlreadyExistsError:
            raise kind(name, *message)

"""Erasure as docs/consumers.md describes it, with retention times of seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.contracts.topics import Topics
from libs.localstack.kafka import EmbeddedKafka
from tests.e2e.system import until
from tests.examples.manual_topic import ManualTopic

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]

SHORT = {"delete.retention.ms": "3000", "segment.ms": "500", "max.compaction.lag.ms": "500"}


@pytest.fixture
async def compacting_kafka(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    """A Kafka that compacts ten times a second."""
    async with EmbeddedKafka(tmp_path, more="\nlog.cleaner.backoff.ms=100\n") as kafka:
        yield kafka


async def test_the_records_of_an_erased_person_expire_before_the_tombstone(
    compacting_kafka: EmbeddedKafka,
) -> None:
    config = next(topic.config for topic in Topics().all() if topic.name == "hemis.students")
    topic = await ManualTopic.created(
        compacting_kafka.bootstrap_servers, "hemis.students", **config | SHORT
    )
    await topic.publish(50421, "TO BE ERASED")
    await topic.publish_tombstone(50421)
    messages = [await topic.messages(50421)]

    async def is_gone() -> bool:
        await topic.publish(50422, "STAYS")  # a later sync: only then a segment is closed
        messages.append(await topic.messages(50421))
        return messages[-1] == []

    await until(is_gone)

    assert set(config) >= set(SHORT)
    assert len(messages[0]) == 2
    assert [None] in messages
    assert await topic.messages(50422)

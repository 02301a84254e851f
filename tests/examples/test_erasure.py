"""What docs/consumers.md says of erasure, on a Kafka whose days are seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.contracts.topics import Topics
from libs.localstack.kafka import EmbeddedKafka
from tests.e2e.system import until
from tests.examples.topic import HandWritten

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]

SHORT = {"delete.retention.ms": "3000", "segment.ms": "500", "max.compaction.lag.ms": "500"}


@pytest.fixture
async def tidy(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    """A Kafka that looks for something to compact ten times a second."""
    async with EmbeddedKafka(tmp_path, more="\nlog.cleaner.backoff.ms=100\n") as kafka:
        yield kafka


async def test_the_erased_are_gone_from_the_topic_before_their_tombstone_is(
    tidy: EmbeddedKafka,
) -> None:
    config = next(topic.config for topic in Topics().all() if topic.name == "hemis.students")
    topic = await HandWritten.created(tidy.bootstrap_servers, "hemis.students", **config | SHORT)
    await topic.publish(50421, "TO BE ERASED")
    await topic.erase(50421)
    told = [await topic.messages(50421)]

    async def is_forgotten() -> bool:
        await topic.publish(50422, "STAYS")  # a later sync: only then a segment is closed
        told.append(await topic.messages(50421))
        return told[-1] == []

    await until(is_forgotten)

    assert set(config) >= set(SHORT)
    assert len(told[0]) == 2
    assert [None] in told
    assert await topic.messages(50422)

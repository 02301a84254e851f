"""Kafka has compacted away the record that was loaded last; `make soak`."""

import asyncio

import pytest

from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topic
from libs.common.kafka.ports import Partition
from tests.integration.loader.loader_system import LoaderSystem, student, until

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(300)]

# The cleaner comes by every 15 seconds, and leaves the segment alone that is written to.
_CLEANED_SOON = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0",
    "max.compaction.lag.ms": "1",
    "segment.ms": "100",
}


@pytest.mark.parametrize("begins_again", [False, True])
async def test_if_the_last_record_was_compacted_away_the_next_one_is_compared(
    system: LoaderSystem,
    caplog: pytest.LogCaptureFixture,
    begins_again: bool,  # noqa: FBT001 — what is expected
) -> None:
    system.settings = system.settings.model_copy(update={"kafka_partitions": 1})
    system.topics = type(system.topics)(system.topics.prefix, 1)
    place = Partition(system.topics.records(Resource.STUDENTS), 0)
    await system.broker.ensure_topics([Topic(place.topic, 1, _CLEANED_SOON)], 1)
    old = system.now()
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 11)])
        await system.report("s1")
    await system.start("s2")
    newer = [student(10, email="10@example.uz"), student(11)]
    await system.page("s2", newer, ce_time=old if begins_again else None)
    await _compacted(system, place)
    ends = await system.page("s2", [student(n) for n in (1, 2)])

    async with system.loader():
        await system.fetched("s2", ends, 4)
        report = await system.report("s2")

    warned = any(record.name == "services.loader.loading.claims" for record in caplog.records)
    assert warned is begins_again
    assert (report.inserted, report.complete) == (1, True)
    assert len(await system.table("students")) == 12


async def _compacted(system: LoaderSystem, place: Partition) -> None:
    """Write on, so that segments are closed, until the tenth record is gone."""

    async def gone() -> bool:
        await system.page("nobody", [student(12)])
        await asyncio.sleep(0.5)
        async with system.broker.log_reader({place: 9}) as reader:
            return (await reader.poll(5))[0].offset > 9

    await until(gone, 120)

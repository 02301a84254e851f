"""Crashes, takeovers, freezes, stops and a Kafka that is away."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from libs.common.contracts.checkpoints import Checkpoint
from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import PageFailed, PageFetched, SyncFetched, SyncStarted
from libs.common.kafka.errors import KafkaUnavailable, MessageTooLarge
from libs.common.kafka.in_memory import InMemoryProducer
from libs.common.kafka.ports import Message, Partition, Position
from tests.scenarios.fetcher.fetcher_in_memory import STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


class Flaky:
    """A producer that is refused while ``refusing`` is above zero; see ``Producer``."""

    def __init__(self, stage: Stage) -> None:
        self._producer = InMemoryProducer(stage.broker)
        self.refusing = 0

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        if self.refusing:
            self.refusing -= 1
            raise KafkaUnavailable("away")
        return await self._producer.publish(messages)


class Narrow:
    """A producer that takes no value above a size; see ``Producer``."""

    def __init__(self, stage: Stage, most_bytes: int) -> None:
        self._producer = InMemoryProducer(stage.broker)
        self._most_bytes = most_bytes

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        if any(len(message.value or b"") > self._most_bytes for message in messages):
            raise MessageTooLarge("too large")
        return await self._producer.publish(messages)


async def after_two_pages(stage: Stage) -> None:
    await stage.until(lambda: len(stage.events(PageFetched)) == 2)


async def test_a_killed_fetcher_s_sync_is_carried_on_from_its_checkpoint(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)

    async with stage.fetcher():
        decision = await stage.decided(sync_id)

    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]
    assert (decision.attempt, decision.distinct, decision.missing) == (1, 35, 0)
    assert stage.checkpoint().epoch == 2


async def test_a_takeover_says_again_that_the_sync_runs(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        await asyncio.sleep(0.5)

    async with stage.fetcher():
        await stage.decided(sync_id)

    first, second = stage.events(SyncStarted)
    assert first == second


async def test_a_page_is_repeated_at_most_once_wherever_the_fetcher_dies(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
    for step in range(1, 40):
        async with stage.fetcher():
            await asyncio.sleep(0.07 * step)

    async with stage.fetcher():
        decision = await stage.decided(sync_id)

    assert max(stage.published().count(key) for key in stage.published()) <= 2
    assert set(stage.published()) == set(map(str, range(1, 36)))
    assert decision.fetched == decision.distinct == 35


async def test_the_greatest_epoch_counts_not_the_last_written(stage: Stage) -> None:
    for epoch in (5, 3):
        checkpoint = Checkpoint(resource=STUDENTS, epoch=epoch, last_ce_time=epoch)
        stage.broker.append(Message(stage.topics.checkpoints, checkpoint.key, encode(checkpoint)))

    async with stage.fetcher():
        await stage.until(lambda: stage.checkpoint().epoch == 6)
        await stage.decided(stage.start())

    log = stage.broker.logs[Partition(stage.topics.checkpoints, 0)]
    tombstones = {record.key for record in log if record.value is None}
    assert tombstones == {b"students/5", b"students/3"}


async def test_an_unreadable_checkpoint_is_left_out(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.broker.append(Message(stage.topics.checkpoints, "students/1", b"nonsense"))

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert decision.outcome is Outcome.COMPLETED
    assert "checkpoint students/1 is unreadable" in caplog.text


async def test_a_decision_that_was_not_heard_is_said_again(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        decision = await stage.decided(sync_id)

    async with stage.fetcher():
        await stage.until(lambda: len(stage.events(SyncFetched)) == 2)

    assert stage.events(SyncFetched)[1] == decision


async def test_commands_are_read_on_from_where_they_were_committed(stage: Stage) -> None:
    async with stage.fetcher():
        first = stage.start()
        await stage.decided(first)
        await asyncio.sleep(1)

    async with stage.fetcher():
        second = stage.start()
        await stage.decided(second)

    assert len(stage.events(SyncStarted, first)) == 1


async def test_a_committed_offset_that_is_gone_means_the_first_one(stage: Stage) -> None:
    place = Partition(stage.topics.commands, 0)
    stage.broker.committed["hemis.fetcher", place] = 1000

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert decision.outcome is Outcome.COMPLETED


async def test_a_kafka_that_is_away_delays_and_fails_nothing(stage: Stage) -> None:
    stage.producer = flaky = Flaky(stage)

    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        flaky.refusing = 20
        decision = await stage.decided(sync_id)

    assert decision.outcome is Outcome.COMPLETED
    assert (decision.distinct, decision.retries) == (35, 0)
    assert stage.events(PageFailed) == []
    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]


async def test_a_record_too_large_for_kafka_is_buried_as_a_stub(stage: Stage) -> None:
    stage.hemis.items[STUDENTS][12] = student(13, other="x" * 5000)
    stage.producer = Narrow(stage, 4000)

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert decision.outcome is Outcome.COMPLETED
    assert (decision.distinct, decision.rejected, decision.missing) == (35, 1, 0)
    assert "13" not in stage.published()
    (letter,) = stage.dead_letters()
    stub = msgspec.json.decode(letter.value or b"")
    assert stub["id"] == "13"
    assert stub["size"] > 5000
    assert dict(letter.headers)["original_key"] == b"13"


async def test_a_topic_made_anew_makes_the_sync_begin_again(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        for place in stage.broker.partitions([stage.topics.records(STUDENTS)]):
            stage.broker.logs[place].clear()
        decision = await stage.decided(sync_id)

    assert set(stage.published()) == set(map(str, range(1, 36)))
    assert (decision.distinct, decision.missing) == (35, 0)

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
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


class Flaky:
    """A producer that is refused while ``refusing`` is above zero; see ``Producer``."""

    def __init__(self, system: FetcherSystem) -> None:
        self._producer = InMemoryProducer(system.broker)
        self.refusing = 0

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        if self.refusing:
            self.refusing -= 1
            raise KafkaUnavailable("away")
        return await self._producer.publish(messages)


class Narrow:
    """A producer that takes no value above a size; see ``Producer``."""

    def __init__(self, system: FetcherSystem, most_bytes: int) -> None:
        self._producer = InMemoryProducer(system.broker)
        self._most_bytes = most_bytes

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        if any(len(message.value or b"") > self._most_bytes for message in messages):
            raise MessageTooLarge("too large")
        return await self._producer.publish(messages)


async def after_two_pages(system: FetcherSystem) -> None:
    await system.until(lambda: len(system.events(PageFetched)) == 2)


async def test_a_killed_fetcher_s_sync_is_carried_on_from_its_checkpoint(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)

    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]
    assert (decision.attempt, decision.distinct, decision.missing) == (1, 35, 0)
    assert system.checkpoint().epoch == 2


async def test_a_takeover_reports_the_running_sync_again(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        await asyncio.sleep(0.5)

    async with system.fetcher():
        await system.decided(sync_id)

    first, second = system.events(SyncStarted)
    assert first == second


async def test_a_page_is_repeated_at_most_once_wherever_the_fetcher_dies(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
    for step in range(1, 40):
        async with system.fetcher():
            await asyncio.sleep(0.07 * step)

    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert max(system.published().count(key) for key in system.published()) <= 2
    assert set(system.published()) == set(map(str, range(1, 36)))
    assert decision.fetched == decision.distinct == 35


async def test_the_greatest_epoch_counts_not_the_last_written(system: FetcherSystem) -> None:
    for epoch in (5, 3):
        checkpoint = Checkpoint(resource=STUDENTS, epoch=epoch, last_ce_time=epoch)
        system.broker.append(Message(system.topics.checkpoints, checkpoint.key, encode(checkpoint)))

    async with system.fetcher():
        await system.until(lambda: system.checkpoint().epoch == 6)
        await system.decided(system.start())

    log = system.broker.logs[Partition(system.topics.checkpoints, 0)]
    tombstones = {record.key for record in log if record.value is None}
    assert tombstones == {b"students/5", b"students/3"}


async def test_an_unreadable_checkpoint_is_left_out(
    system: FetcherSystem, caplog: pytest.LogCaptureFixture
) -> None:
    system.broker.append(Message(system.topics.checkpoints, "students/1", b"nonsense"))

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED
    assert "checkpoint students/1 is unreadable" in caplog.text


async def test_a_takeover_publishes_the_end_of_the_latest_sync_again(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        decision = await system.decided(sync_id)

    async with system.fetcher():
        await system.until(lambda: len(system.events(SyncFetched)) == 2)

    assert system.events(SyncFetched)[1] == decision


async def test_commands_are_read_on_from_where_they_were_committed(system: FetcherSystem) -> None:
    async with system.fetcher():
        first = system.start()
        await system.decided(first)
        await asyncio.sleep(1)

    async with system.fetcher():
        second = system.start()
        await system.decided(second)

    assert len(system.events(SyncStarted, first)) == 1


async def test_a_committed_offset_that_is_gone_means_the_first_one(system: FetcherSystem) -> None:
    partition = Partition(system.topics.commands, 0)
    system.broker.committed["hemis.fetcher", partition] = 1000

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED


async def test_a_kafka_that_is_away_delays_and_fails_nothing(system: FetcherSystem) -> None:
    system.producer = flaky = Flaky(system)

    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        flaky.refusing = 20
        decision = await system.decided(sync_id)

    assert decision.outcome is Outcome.COMPLETED
    assert (decision.distinct, decision.retries) == (35, 0)
    assert system.events(PageFailed) == []
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]


async def test_a_record_too_large_for_kafka_becomes_a_stub_dead_letter(
    system: FetcherSystem,
) -> None:
    system.hemis.items[STUDENTS][12] = student(13, other="x" * 5000)
    system.producer = Narrow(system, 4000)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED
    assert (decision.distinct, decision.rejected, decision.missing) == (35, 1, 0)
    assert "13" not in system.published()
    (letter,) = system.dead_letters()
    stub = msgspec.json.decode(letter.value or b"")
    assert stub["id"] == "13"
    assert stub["size"] > 5000
    assert dict(letter.headers)["original_key"] == b"13"


async def test_a_topic_made_anew_makes_the_sync_begin_again(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        for partition in system.broker.partitions([system.topics.records(STUDENTS)]):
            system.broker.logs[partition].clear()
        decision = await system.decided(sync_id)

    assert set(system.published()) == set(map(str, range(1, 36)))
    assert (decision.distinct, decision.missing) == (35, 0)

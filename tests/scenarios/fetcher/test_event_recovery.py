"""If the progress topic loses its end, recent events are published again."""

import asyncio

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched, SyncStarted
from libs.common.kafka.ports import Message, Partition
from services.fetcher.commands.answers import LONG_AGO
from services.fetcher.hemis.ports import StudentCard
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 16)]
    system.hemis.cards = {5: StudentCard(student(5)["student_id_number"], "NAMUNA 5")}


def lose(system: FetcherSystem, messages: int) -> None:
    """Lose the end of the topic, as a broker does that died before it wrote to its disk."""
    log = system.broker.logs[Partition(system.topics.progress, 0)]
    del log[max(len(log) - messages, 0) :]


def event_count(system: FetcherSystem) -> int:
    return len(system.broker.logs[Partition(system.topics.progress, 0)])


@pytest.mark.parametrize("messages", [1, 2, 99])
async def test_an_end_that_the_topic_lost_is_published_again_while_the_fetcher_runs(
    system: FetcherSystem, messages: int
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        decision = await system.decided(sync_id)
        lose(system, messages)
        again = await system.decided(sync_id)

    assert again == decision
    assert system.events(SyncStarted, sync_id)


async def test_lost_messages_are_noticed_although_others_took_their_offsets(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        decision = await system.decided(sync_id)
        lose(system, 2)
        for _ in range(5):
            system.broker.append(Message(system.topics.progress, "another", b'{"type":"Newer"}'))
        again = await system.decided(sync_id)

    assert again == decision


async def test_an_end_that_was_lost_while_no_fetcher_ran_is_published_again_at_a_takeover(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        decision = await system.decided(sync_id)
        single = system.fetch(5)
        await system.decided(single)
        await system.until(lambda: system.checkpoint().knows(single))
    lose(system, 99)

    async with system.fetcher():
        again = await system.decided(sync_id)
        of_single = await system.decided(single)

    assert again == decision
    assert system.events(SyncStarted, sync_id)
    assert (of_single.outcome, of_single.complete) == (Outcome.COMPLETED, False)
    assert of_single.doubt == LONG_AGO


async def test_if_nothing_was_lost_no_event_is_published_again(system: FetcherSystem) -> None:
    async with system.fetcher():
        single = system.fetch(5)
        await system.decided(single)
        await system.until(lambda: system.checkpoint().knows(single))
        before = event_count(system)
        await asyncio.sleep(120)

    async with system.fetcher():
        await asyncio.sleep(120)

    assert event_count(system) == before


async def test_what_ended_over_a_day_ago_is_not_published_again(system: FetcherSystem) -> None:
    async with system.fetcher():
        single = system.fetch(5)
        await system.decided(single)
        await system.until(lambda: system.checkpoint().knows(single))
    lose(system, 99)
    await asyncio.sleep(25 * 3600)

    async with system.fetcher():
        await asyncio.sleep(120)

    assert system.events(SyncFetched, single) == []

"""A progress topic that lost its end: what was decided is said again."""

import asyncio

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched, SyncStarted
from libs.common.kafka.ports import Message, Partition
from services.fetcher.commands.answers import LONG_AGO
from services.fetcher.hemis.ports import StudentCard
from tests.scenarios.fetcher.fetcher_in_memory import STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 16)]
    stage.hemis.cards = {5: StudentCard(student(5)["student_id_number"], "NAMUNA 5")}


def lose(stage: Stage, messages: int) -> None:
    """Lose the end of the topic, as a broker does that died before it wrote to its disk."""
    log = stage.broker.logs[Partition(stage.topics.progress, 0)]
    del log[max(len(log) - messages, 0) :]


def said(stage: Stage) -> int:
    return len(stage.broker.logs[Partition(stage.topics.progress, 0)])


@pytest.mark.parametrize("messages", [1, 2, 99])
async def test_a_decision_that_the_topic_lost_is_said_again_while_the_fetcher_runs(
    stage: Stage, messages: int
) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        decision = await stage.decided(sync_id)
        lose(stage, messages)
        again = await stage.decided(sync_id)

    assert again == decision
    assert stage.events(SyncStarted, sync_id)


async def test_lost_messages_are_noticed_although_others_took_their_offsets(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        decision = await stage.decided(sync_id)
        lose(stage, 2)
        for _ in range(5):
            stage.broker.append(Message(stage.topics.progress, "another", b'{"type":"Newer"}'))
        again = await stage.decided(sync_id)

    assert again == decision


async def test_a_decision_that_was_lost_while_no_fetcher_ran_is_said_again_at_a_takeover(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        decision = await stage.decided(sync_id)
        single = stage.fetch(5)
        await stage.decided(single)
        await stage.until(lambda: stage.checkpoint().knows(single))
    lose(stage, 99)

    async with stage.fetcher():
        again = await stage.decided(sync_id)
        of_single = await stage.decided(single)

    assert again == decision
    assert stage.events(SyncStarted, sync_id)
    assert (of_single.outcome, of_single.complete) == (Outcome.COMPLETED, False)
    assert of_single.doubt == LONG_AGO


async def test_where_nothing_was_lost_no_single_record_is_said_again(stage: Stage) -> None:
    async with stage.fetcher():
        single = stage.fetch(5)
        await stage.decided(single)
        await stage.until(lambda: stage.checkpoint().knows(single))
        before = said(stage)
        await asyncio.sleep(120)

    async with stage.fetcher():
        await asyncio.sleep(120)

    assert said(stage) == before


async def test_what_ended_over_a_day_ago_is_not_said_again(stage: Stage) -> None:
    async with stage.fetcher():
        single = stage.fetch(5)
        await stage.decided(single)
        await stage.until(lambda: stage.checkpoint().knows(single))
    lose(stage, 99)
    await asyncio.sleep(25 * 3600)

    async with stage.fetcher():
        await asyncio.sleep(120)

    assert stage.events(SyncFetched, single) == []

"""Retries and discards of dead letters: all from commands and events, and nothing else."""

import asyncio
from typing import Any

import pytest

from libs.common.contracts.commands import FetchRecords, WantedRecord
from libs.common.contracts.enums import Outcome, Trigger
from libs.common.contracts.resources import Resource
from services.gateway.dead_letters.retries import LetterState
from services.gateway.dead_letters.schemas import LetterFilter
from services.gateway.errors import NotCaughtUp, NotConfirmed, NotRetryable, UnknownDeadLetter
from tests.unit.gateway.fake_gateway import House
from tests.unit.gateway.sample_dead_letters import (
    LETTER,
    Morgue,
    dead,
    retry_finished,
    retry_started,
    without_id,
)
from tests.unit.gateway.sample_messages import SYNC, T0, fetched, refused

MINUTE = 60_000


@pytest.fixture
async def morgue() -> Morgue:
    return await Morgue().open()


def beside(morgue: Morgue) -> Morgue:
    """Another gateway on the same topics."""
    return Morgue(House(morgue.house.broker, morgue.house.clock))


async def test_a_retry_fetches_the_person_of_the_letter(morgue: Morgue) -> None:
    morgue.bury(dead())

    sync = await morgue.desk.retry(LETTER)

    (command,) = morgue.house.commands()
    assert isinstance(command, FetchRecords)
    assert (command.records, command.trigger) == ((WantedRecord(hemis_id=50421),), Trigger.RETRY)
    assert (command.dead_letter_id, command.retry) == (LETTER, 1)
    assert morgue.fate().last_retry is sync
    assert (morgue.fate().state, morgue.fate().attempts) == (LetterState.RETRYING, 1)


async def test_an_employee_is_fetched_with_all_positions(morgue: Morgue) -> None:
    morgue.bury(dead(resource=Resource.EMPLOYEES, record_key="1826:2600"))

    await morgue.desk.retry(LETTER)

    (command,) = morgue.house.commands()
    assert isinstance(command, FetchRecords)
    assert command.records == (WantedRecord(hemis_id=1826),)


async def test_many_clicks_on_two_gateways_are_one_retry(morgue: Morgue) -> None:
    other = await beside(morgue).open()
    morgue.bury(dead())
    other.read()

    clicks = [desk.retry(LETTER) for desk in (morgue.desk, other.desk) for _ in range(5)]
    syncs = {sync.sync_id for sync in await asyncio.gather(*clicks)}

    assert len(syncs) == 1
    assert {command.sync_id for command in morgue.house.commands()} == syncs


async def test_one_without_a_usable_id_can_only_be_discarded(morgue: Morgue) -> None:
    letter = without_id()
    morgue.bury(letter)

    with pytest.raises(NotRetryable, match="can only be discarded"):
        await morgue.desk.retry(letter.dead_letter_id)
    await morgue.desk.discard(letter.dead_letter_id)

    assert morgue.ids == []
    assert (morgue.log[-1].key, morgue.log[-1].value) == (letter.dead_letter_id.encode(), None)


async def test_a_loaded_retry_puts_the_letter_away_and_earlier_ones_of_the_person(
    morgue: Morgue,
) -> None:
    of_earlier_nights = [dead(number, buried_at=T0 - number) for number in range(1, 4)]
    of_somebody_else = dead(7, record_key="504210", buried_at=T0 - 1)
    morgue.bury(*of_earlier_nights, dead(), of_somebody_else)
    sync = await morgue.desk.retry(LETTER)
    of_later = dead(2000, buried_at=T0 + MINUTE)
    morgue.bury(of_later)

    await morgue.settle(retry_started(sync, LETTER), retry_finished(sync))

    assert set(morgue.ids) == {of_somebody_else.dead_letter_id, of_later.dead_letter_id}
    morgue.read()
    assert set(morgue.ids) == {of_somebody_else.dead_letter_id, of_later.dead_letter_id}


async def test_after_a_loaded_retry_another_changes_nothing(morgue: Morgue) -> None:
    morgue.bury(dead())
    sync = await morgue.desk.retry(LETTER)
    await morgue.settle(retry_started(sync, LETTER), retry_finished(sync))

    with pytest.raises(UnknownDeadLetter):
        await morgue.desk.retry(LETTER)
    await morgue.settle()

    assert len(morgue.house.commands()) == 1
    assert [record.value for record in morgue.log[1:]] == [None]


async def test_between_the_report_and_the_null_a_retry_is_under_way(morgue: Morgue) -> None:
    morgue.bury(dead())
    sync = await morgue.desk.retry(LETTER)

    await morgue.house.hear(retry_started(sync, LETTER), retry_finished(sync))

    assert morgue.fate().state is LetterState.RETRYING
    assert await morgue.desk.retry(LETTER) is sync


async def test_a_retry_that_ended_while_no_gateway_ran_is_noticed(morgue: Morgue) -> None:
    morgue.bury(dead())
    sync = await morgue.desk.retry(LETTER)
    await morgue.house.hear(retry_started(sync, LETTER), retry_finished(sync))

    restarted = await beside(morgue).open()
    restarted.read()
    restarted.house.read_back()
    await restarted.settling.settle()

    assert restarted.ids == []


async def test_what_a_lost_database_buries_again_is_put_away_again(morgue: Morgue) -> None:
    morgue.bury(dead())
    sync = await morgue.desk.retry(LETTER)
    await morgue.settle(retry_started(sync, LETTER), retry_finished(sync))

    morgue.bury(dead(buried_at=T0 + MINUTE))
    await morgue.settle()

    assert morgue.ids == []


async def test_rejected_again_the_new_letter_counts_on(morgue: Morgue) -> None:
    morgue.bury(dead())
    first = await morgue.desk.retry(LETTER)
    back = dead(2000, sync_id=first.sync_id, buried_at=T0 + MINUTE)
    morgue.bury(back)
    await morgue.settle(retry_started(first, LETTER), retry_finished(first, rejected=1))

    assert morgue.ids == [back.dead_letter_id]
    came_back = morgue.fate(back.dead_letter_id)
    assert (came_back.state, came_back.attempts) == (LetterState.BURIED, 1)

    second = await morgue.desk.retry(back.dead_letter_id)

    assert second.retry == 2
    assert second.sync_id != first.sync_id


@pytest.mark.parametrize(
    "end",
    [
        lambda sync: fetched(Outcome.NOT_FOUND, sync_id=sync.sync_id),
        lambda sync: fetched(Outcome.FAILED, sync_id=sync.sync_id, reason="HEMIS is away"),
        lambda sync: refused(sync_id=sync.sync_id, reason="too many requests are waiting"),
    ],
)
async def test_a_retry_that_brought_nothing_leaves_it_buried_and_can_be_repeated(
    morgue: Morgue, end: Any
) -> None:
    morgue.bury(dead())
    first = await morgue.desk.retry(LETTER)
    await morgue.settle(end(first))

    assert morgue.fate().last_retry is first
    assert (morgue.fate().state, morgue.fate().attempts) == (LetterState.BURIED, 1)

    second = await morgue.desk.retry(LETTER)

    assert (second.retry, morgue.fate().attempts) == (2, 2)


async def test_before_the_topics_are_read_nothing_is_known(morgue: Morgue) -> None:
    morgue.letters.caught_up = False

    with pytest.raises(NotCaughtUp):
        await morgue.desk.retry(LETTER)


async def test_what_kafka_does_not_confirm_stays_on_the_desk(morgue: Morgue) -> None:
    morgue.bury(dead())
    sync = await morgue.desk.retry(LETTER)
    morgue.house.kafka.away = True

    with pytest.raises(NotConfirmed):
        await morgue.desk.discard(LETTER)
    await morgue.settle(retry_started(sync, LETTER), retry_finished(sync))

    assert morgue.ids == [LETTER]
    morgue.house.kafka.away = False
    await morgue.settle()
    assert morgue.ids == []


async def test_a_retry_of_many_asks_once_a_person_and_says_what_it_left(morgue: Morgue) -> None:
    morgue.bury(
        *(dead(number, record_key=str(number), buried_at=T0) for number in range(1, 121)),
        dead(500, record_key="1"),
        dead(501, record_key="1"),
        without_id(),
        dead(600, record_key="600"),
        dead(700, code="not_json", record_key="700"),
    )
    await morgue.desk.retry("hemis.students-2-600")

    asked = await morgue.desk.retry_all(LetterFilter(code="out_of_range"))
    again = await morgue.desk.retry_all(LetterFilter(code="out_of_range"))
    ids_only = await morgue.desk.retry_all(LetterFilter(code="no_usable_id"))

    assert (asked.asked, asked.retrying, asked.left, len(asked.syncs)) == (102, 1, 20, 100)
    assert (again.asked, again.retrying, again.left) == (20, 103, 0)
    assert (ids_only.asked, ids_only.discard_only) == (0, 1)
    assert len(morgue.house.commands()) == 121


async def test_letters_of_one_person_are_retried_together(morgue: Morgue) -> None:
    morgue.bury(dead(1), dead(2), dead(3, record_key="3"))

    sync = await morgue.desk.retry("hemis.students-2-1")

    assert await morgue.desk.retry("hemis.students-2-2") is sync
    assert morgue.seen(state=LetterState.RETRYING) == ["hemis.students-2-2", "hemis.students-2-1"]
    assert len(morgue.house.commands()) == 1


async def test_a_sync_that_is_no_retry_says_nothing_of_letters(morgue: Morgue) -> None:
    morgue.bury(dead())
    sync = await morgue.house.requests.fetch(Resource.STUDENTS, WantedRecord(hemis_id=50421))

    await morgue.settle(retry_finished(sync))

    assert morgue.ids == [LETTER]
    assert morgue.fate().attempts == 0
    assert morgue.desk.find(LETTER).sync_id == SYNC

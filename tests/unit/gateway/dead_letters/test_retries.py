"""Retries and discards of dead letters, derived from commands and events alone."""

import asyncio
from typing import Any

import pytest

from libs.common.contracts.commands import FetchRecords, WantedRecord
from libs.common.contracts.enums import Outcome, Trigger
from libs.common.contracts.resources import Resource
from services.gateway.dead_letters.retries import DeadLetterState
from services.gateway.dead_letters.schemas import DeadLetterFilter
from services.gateway.errors import NotCaughtUp, NotConfirmed, NotRetryable, UnknownDeadLetter
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_dead_letters import (
    DEAD_LETTER_ID,
    DeadLettersInMemory,
    dead_letter,
    retry_finished,
    retry_started,
    without_id,
)
from tests.unit.gateway.sample_messages import SYNC, T0, fetched, refused

MINUTE = 60_000


@pytest.fixture
async def dead_letters() -> DeadLettersInMemory:
    return await DeadLettersInMemory().open()


def other_gateway(dead_letters: DeadLettersInMemory) -> DeadLettersInMemory:
    """Another gateway on the same topics."""
    return DeadLettersInMemory(FakeGateway(dead_letters.gateway.broker, dead_letters.gateway.clock))


async def test_a_retry_fetches_the_person_of_the_dead_letter(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())

    sync = await dead_letters.service.retry(DEAD_LETTER_ID)

    (command,) = dead_letters.gateway.commands()
    assert isinstance(command, FetchRecords)
    assert (command.records, command.trigger) == ((WantedRecord(hemis_id=50421),), Trigger.RETRY)
    assert (command.dead_letter_id, command.retry) == (DEAD_LETTER_ID, 1)
    assert dead_letters.retry_state().last_retry is sync
    assert (dead_letters.retry_state().state, dead_letters.retry_state().attempts) == (
        DeadLetterState.RETRYING,
        1,
    )


async def test_an_employee_is_fetched_with_all_positions(dead_letters: DeadLettersInMemory) -> None:
    dead_letters.add(dead_letter(resource=Resource.EMPLOYEES, record_key="1826:2600"))

    await dead_letters.service.retry(DEAD_LETTER_ID)

    (command,) = dead_letters.gateway.commands()
    assert isinstance(command, FetchRecords)
    assert command.records == (WantedRecord(hemis_id=1826),)


async def test_many_clicks_on_two_gateways_are_one_retry(dead_letters: DeadLettersInMemory) -> None:
    other = await other_gateway(dead_letters).open()
    dead_letters.add(dead_letter())
    other.read()

    requests = [
        service.retry(DEAD_LETTER_ID)
        for service in (dead_letters.service, other.service)
        for _ in range(5)
    ]
    syncs = {sync.sync_id for sync in await asyncio.gather(*requests)}

    assert len(syncs) == 1
    assert {command.sync_id for command in dead_letters.gateway.commands()} == syncs


async def test_a_dead_letter_without_a_usable_id_can_only_be_discarded(
    dead_letters: DeadLettersInMemory,
) -> None:
    published = without_id()
    dead_letters.add(published)

    with pytest.raises(NotRetryable, match="discard it instead"):
        await dead_letters.service.retry(published.dead_letter_id)
    await dead_letters.service.discard(published.dead_letter_id)

    assert dead_letters.ids == []
    assert (dead_letters.log[-1].key, dead_letters.log[-1].value) == (
        published.dead_letter_id.encode(),
        None,
    )


async def test_a_loaded_retry_deletes_the_dead_letter_and_earlier_ones_of_the_person(
    dead_letters: DeadLettersInMemory,
) -> None:
    of_earlier_nights = [dead_letter(number, buried_at=T0 - number) for number in range(1, 4)]
    of_somebody_else = dead_letter(7, record_key="504210", buried_at=T0 - 1)
    dead_letters.add(*of_earlier_nights, dead_letter(), of_somebody_else)
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)
    of_later = dead_letter(2000, buried_at=T0 + MINUTE)
    dead_letters.add(of_later)

    await dead_letters.settle(retry_started(sync, DEAD_LETTER_ID), retry_finished(sync))

    assert set(dead_letters.ids) == {of_somebody_else.dead_letter_id, of_later.dead_letter_id}
    dead_letters.read()
    assert set(dead_letters.ids) == {of_somebody_else.dead_letter_id, of_later.dead_letter_id}


async def test_after_a_loaded_retry_another_changes_nothing(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)
    await dead_letters.settle(retry_started(sync, DEAD_LETTER_ID), retry_finished(sync))

    with pytest.raises(UnknownDeadLetter):
        await dead_letters.service.retry(DEAD_LETTER_ID)
    await dead_letters.settle()

    assert len(dead_letters.gateway.commands()) == 1
    assert [record.value for record in dead_letters.log[1:]] == [None]


async def test_between_the_report_and_the_tombstone_a_retry_is_running(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)

    await dead_letters.gateway.receive(retry_started(sync, DEAD_LETTER_ID), retry_finished(sync))

    assert dead_letters.retry_state().state is DeadLetterState.RETRYING
    assert await dead_letters.service.retry(DEAD_LETTER_ID) is sync


async def test_a_retry_that_ended_while_no_gateway_ran_is_noticed(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)
    await dead_letters.gateway.receive(retry_started(sync, DEAD_LETTER_ID), retry_finished(sync))

    restarted = await other_gateway(dead_letters).open()
    restarted.read()
    restarted.gateway.read_back()
    await restarted.cleanup.run_once()

    assert restarted.ids == []


async def test_a_dead_letter_that_a_loader_publishes_again_is_deleted_again(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)
    await dead_letters.settle(retry_started(sync, DEAD_LETTER_ID), retry_finished(sync))

    dead_letters.add(dead_letter(buried_at=T0 + MINUTE))
    await dead_letters.settle()

    assert dead_letters.ids == []


async def test_a_record_that_is_rejected_again_continues_the_count_of_attempts(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    first = await dead_letters.service.retry(DEAD_LETTER_ID)
    back = dead_letter(2000, sync_id=first.sync_id, buried_at=T0 + MINUTE)
    dead_letters.add(back)
    await dead_letters.settle(
        retry_started(first, DEAD_LETTER_ID), retry_finished(first, rejected=1)
    )

    assert dead_letters.ids == [back.dead_letter_id]
    came_back = dead_letters.retry_state(back.dead_letter_id)
    assert (came_back.state, came_back.attempts) == (DeadLetterState.OPEN, 1)

    second = await dead_letters.service.retry(back.dead_letter_id)

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
async def test_a_failed_retry_leaves_the_dead_letter_open_and_can_be_repeated(
    dead_letters: DeadLettersInMemory, end: Any
) -> None:
    dead_letters.add(dead_letter())
    first = await dead_letters.service.retry(DEAD_LETTER_ID)
    await dead_letters.settle(end(first))

    assert dead_letters.retry_state().last_retry is first
    assert (dead_letters.retry_state().state, dead_letters.retry_state().attempts) == (
        DeadLetterState.OPEN,
        1,
    )

    second = await dead_letters.service.retry(DEAD_LETTER_ID)

    assert (second.retry, dead_letters.retry_state().attempts) == (2, 2)


async def test_before_the_topic_is_read_dead_letters_are_not_available(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.index.caught_up = False

    with pytest.raises(NotCaughtUp):
        await dead_letters.service.retry(DEAD_LETTER_ID)


async def test_a_dead_letter_stays_until_kafka_confirms_its_deletion(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.service.retry(DEAD_LETTER_ID)
    dead_letters.gateway.kafka.away = True

    with pytest.raises(NotConfirmed):
        await dead_letters.service.discard(DEAD_LETTER_ID)
    await dead_letters.settle(retry_started(sync, DEAD_LETTER_ID), retry_finished(sync))

    assert dead_letters.ids == [DEAD_LETTER_ID]
    dead_letters.gateway.kafka.away = False
    await dead_letters.settle()
    assert dead_letters.ids == []


async def test_a_bulk_retry_fetches_each_person_once_and_counts_those_left_over(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(
        *(dead_letter(number, record_key=str(number), buried_at=T0) for number in range(1, 121)),
        dead_letter(500, record_key="1"),
        dead_letter(501, record_key="1"),
        without_id(),
        dead_letter(600, record_key="600"),
        dead_letter(700, code="not_json", record_key="700"),
    )
    await dead_letters.service.retry("hemis.students-2-600")

    asked = await dead_letters.service.retry_matching(DeadLetterFilter(code="out_of_range"))
    again = await dead_letters.service.retry_matching(DeadLetterFilter(code="out_of_range"))
    ids_only = await dead_letters.service.retry_matching(DeadLetterFilter(code="no_usable_id"))

    assert (asked.asked, asked.retrying, asked.left, len(asked.sync_ids)) == (102, 1, 20, 100)
    assert (again.asked, again.retrying, again.left) == (20, 103, 0)
    assert (ids_only.asked, ids_only.discard_only) == (0, 1)
    assert asked.message == (
        "102 fetched from HEMIS again; 1 under way already; 20 left for another call"
    )
    assert len(dead_letters.gateway.commands()) == 121


async def test_dead_letters_of_one_person_are_retried_together(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter(1), dead_letter(2), dead_letter(3, record_key="3"))

    sync = await dead_letters.service.retry("hemis.students-2-1")

    assert await dead_letters.service.retry("hemis.students-2-2") is sync
    assert dead_letters.seen(state=DeadLetterState.RETRYING) == [
        "hemis.students-2-2",
        "hemis.students-2-1",
    ]
    assert len(dead_letters.gateway.commands()) == 1


async def test_a_sync_that_is_no_retry_changes_no_dead_letter(
    dead_letters: DeadLettersInMemory,
) -> None:
    dead_letters.add(dead_letter())
    sync = await dead_letters.gateway.requests.fetch(
        Resource.STUDENTS, WantedRecord(hemis_id=50421)
    )

    await dead_letters.settle(retry_finished(sync))

    assert dead_letters.ids == [DEAD_LETTER_ID]
    assert dead_letters.retry_state().attempts == 0
    assert dead_letters.service.find(DEAD_LETTER_ID).sync_id == SYNC

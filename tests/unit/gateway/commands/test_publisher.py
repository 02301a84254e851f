"""Commands are repeated until the topic shows what became of them."""

import asyncio
import logging

import pytest

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import Stop
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.errors import NotCaughtUp
from tests.unit.gateway.fake_gateway import TOPICS, House
from tests.unit.gateway.sample_messages import HOUR, SYNC, T0, fetched, refused, start, started

STUDENTS = Resource.STUDENTS


async def test_an_unanswered_command_is_repeated_as_it_was() -> None:
    house = await House().open()
    await house.requests.start(STUDENTS, Mode.FULL)

    await house.outbox.repeat_unanswered()

    first, second = house.commands()
    assert first == second


async def test_an_answered_command_is_not_repeated() -> None:
    house = await House().open()
    sync = await house.requests.start(STUDENTS, Mode.FULL)
    single = await house.requests.fetch(STUDENTS, WantedRecord(hemis_id=1))
    await house.hear(started(sync_id=sync.sync_id), refused(sync_id=single.sync_id))

    await house.outbox.repeat_unanswered()

    assert len(house.commands()) == 2


async def test_a_resume_and_a_cancel_are_repeated_until_they_are_answered() -> None:
    house = await House().open()
    await house.hear(started(), fetched(Outcome.FAILED))
    await house.requests.resume(SYNC)
    await house.outbox.repeat_unanswered()
    await house.hear(started(attempt=2, at=T0 + 1))
    await house.requests.cancel(SYNC)
    await house.outbox.repeat_unanswered()
    await house.hear(fetched(Outcome.CANCELLED, attempt=2, at=T0 + 2))

    await house.outbox.repeat_unanswered()

    kinds = [type(command).__name__ for command in house.commands()]
    assert kinds == ["ResumeSync", "ResumeSync", "CancelSync", "CancelSync"]


async def test_a_cancel_is_not_repeated_into_the_next_attempt() -> None:
    house = await House().open()
    await house.hear(started())
    await house.requests.cancel(SYNC)
    await house.hear(fetched(Outcome.CANCELLED), started(attempt=2, at=T0 + 1))

    await house.outbox.repeat_unanswered()

    assert len(house.commands()) == 1


async def test_an_expired_command_is_not_repeated() -> None:
    house = await House().open()
    await house.requests.start(STUDENTS, Mode.FULL)
    house.clock.now += HOUR

    await house.outbox.repeat_unanswered()

    assert len(house.commands()) == 1


async def test_a_repetition_that_kafka_does_not_confirm_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = await House().open()
    await house.requests.start(STUDENTS, Mode.FULL)
    house.kafka.away = True
    await house.outbox.repeat_unanswered()
    house.kafka.away = False

    await house.outbox.repeat_unanswered()

    assert len(house.commands()) == 2
    assert "HEMIS students command not repeated" in caplog.text


async def test_before_kafka_was_there_nothing_is_sent() -> None:
    house = House()
    outbox = CommandPublisher(TOPICS, (await house.open()).view, house.clock)

    with pytest.raises(NotCaughtUp):
        await outbox.send(start())


async def test_the_worker_ends_at_the_stop() -> None:
    house = await House().open()
    stop = Stop()

    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(house.outbox.run(stop))
        stop.set()


async def test_a_command_is_told_once_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    house = await House().open()
    caplog.set_level(logging.INFO)

    await house.requests.start(STUDENTS, Mode.FULL)

    assert [record.message for record in caplog.records] == ["HEMIS students sync requested"]

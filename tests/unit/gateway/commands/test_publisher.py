"""Commands are repeated until the topic shows their answer."""

import asyncio
import logging

import pytest

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import Stop
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.errors import NotCaughtUp
from tests.unit.gateway.fake_gateway import TOPICS, FakeGateway
from tests.unit.gateway.sample_messages import HOUR, SYNC, T0, fetched, refused, start, started

STUDENTS = Resource.STUDENTS


async def test_an_unanswered_command_is_repeated_as_it_was() -> None:
    gateway = await FakeGateway().open()
    await gateway.requests.start(STUDENTS, Mode.FULL)

    await gateway.publisher.repeat_unanswered()

    first, second = gateway.commands()
    assert first == second


async def test_an_answered_command_is_not_repeated() -> None:
    gateway = await FakeGateway().open()
    sync = await gateway.requests.start(STUDENTS, Mode.FULL)
    single = await gateway.requests.fetch(STUDENTS, WantedRecord(hemis_id=1))
    await gateway.receive(started(sync_id=sync.sync_id), refused(sync_id=single.sync_id))

    await gateway.publisher.repeat_unanswered()

    assert len(gateway.commands()) == 2


async def test_a_resume_and_a_cancel_are_repeated_until_they_are_answered() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), fetched(Outcome.FAILED))
    await gateway.requests.resume(SYNC)
    await gateway.publisher.repeat_unanswered()
    await gateway.receive(started(attempt=2, at=T0 + 1))
    await gateway.requests.cancel(SYNC)
    await gateway.publisher.repeat_unanswered()
    await gateway.receive(fetched(Outcome.CANCELLED, attempt=2, at=T0 + 2))

    await gateway.publisher.repeat_unanswered()

    kinds = [type(command).__name__ for command in gateway.commands()]
    assert kinds == ["ResumeSync", "ResumeSync", "CancelSync", "CancelSync"]


async def test_a_cancel_is_not_repeated_into_the_next_attempt() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started())
    await gateway.requests.cancel(SYNC)
    await gateway.receive(fetched(Outcome.CANCELLED), started(attempt=2, at=T0 + 1))

    await gateway.publisher.repeat_unanswered()

    assert len(gateway.commands()) == 1


async def test_an_expired_command_is_not_repeated() -> None:
    gateway = await FakeGateway().open()
    await gateway.requests.start(STUDENTS, Mode.FULL)
    gateway.clock.now += HOUR

    await gateway.publisher.repeat_unanswered()

    assert len(gateway.commands()) == 1


async def test_a_repetition_that_kafka_does_not_confirm_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateway = await FakeGateway().open()
    await gateway.requests.start(STUDENTS, Mode.FULL)
    gateway.kafka.away = True
    await gateway.publisher.repeat_unanswered()
    gateway.kafka.away = False

    await gateway.publisher.repeat_unanswered()

    assert len(gateway.commands()) == 2
    assert "HEMIS students command not repeated" in caplog.text


async def test_before_kafka_is_connected_nothing_is_sent() -> None:
    gateway = FakeGateway()
    publisher = CommandPublisher(TOPICS, (await gateway.open()).view, gateway.clock)

    with pytest.raises(NotCaughtUp):
        await publisher.send_command(start())


async def test_the_worker_ends_at_the_stop() -> None:
    gateway = await FakeGateway().open()
    stop = Stop()

    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(gateway.publisher.run(stop))
        stop.set()


async def test_a_command_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    gateway = await FakeGateway().open()
    caplog.set_level(logging.INFO)

    await gateway.requests.start(STUDENTS, Mode.FULL)

    assert [record.message for record in caplog.records] == ["HEMIS students sync requested"]

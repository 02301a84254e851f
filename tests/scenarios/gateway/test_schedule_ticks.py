"""Each tick is one sync, however many gateways fire it and however often they restart."""

import random

import pytest

from libs.common.contracts.commands import StartSync
from libs.common.contracts.enums import Trigger
from libs.common.contracts.events import TickSkipped
from libs.common.contracts.resources import Resource
from libs.common.kafka.in_memory import InMemoryBroker
from services.gateway.errors import NotConfirmed
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.due import due_tick, fires
from services.gateway.scheduling.scheduler import Scheduler
from tests.unit.gateway.fake_gateway import FakeGateway, FixedClock
from tests.unit.gateway.sample_messages import T0, fetched, finished, started

EVERY_MINUTE = Schedule("* * * * *", "UTC")
STUDENTS = Resource.STUDENTS
TICK = T0 - T0 % 60_000


def scheduler_of(gateway: FakeGateway, schedule: Schedule = EVERY_MINUTE) -> Scheduler:
    return Scheduler(schedule, "latest", gateway.view, gateway.requests, gateway.publisher)


async def test_a_tick_asks_for_its_sync_once() -> None:
    gateway = await FakeGateway().open()

    await scheduler_of(gateway).fire(STUDENTS, TICK)
    await scheduler_of(gateway).fire(STUDENTS, TICK)

    (command,) = gateway.commands()
    assert isinstance(command, StartSync)
    assert command.sync_id == EVERY_MINUTE.sync_id(STUDENTS, TICK)
    assert (command.trigger, command.tick_at) == (Trigger.SCHEDULE, TICK)


async def test_a_tick_during_an_active_sync_is_skipped_with_the_reason() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started())

    await scheduler_of(gateway).fire(STUDENTS, TICK)

    (skipped,) = (event for event in gateway.events() if isinstance(event, TickSkipped))
    assert (skipped.tick_at, skipped.sync_id) == (TICK, EVERY_MINUTE.sync_id(STUDENTS, TICK))
    assert "was still active" in skipped.reason
    assert gateway.commands() == []


async def test_a_skipped_tick_stays_skipped() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started())
    await scheduler_of(gateway).fire(STUDENTS, TICK)
    await gateway.receive(*gateway.events()[-1:], fetched(), finished())

    await scheduler_of(gateway).fire(STUDENTS, TICK)

    assert gateway.commands() == []


async def test_a_tick_that_kafka_does_not_confirm_is_fired_again() -> None:
    gateway = await FakeGateway().open()
    gateway.kafka.away = True
    with pytest.raises(NotConfirmed):
        await scheduler_of(gateway).fire(STUDENTS, TICK)
    gateway.kafka.away = False

    await scheduler_of(gateway).fire(STUDENTS, TICK)

    assert len(gateway.commands()) == 1


async def test_only_ticks_of_exactly_this_schedule_count_as_earlier_ones() -> None:
    gateway = await FakeGateway().open()
    await scheduler_of(gateway).fire(STUDENTS, TICK)

    assert scheduler_of(gateway).has_earlier_tick(STUDENTS)
    assert not scheduler_of(gateway).has_earlier_tick(Resource.EMPLOYEES)
    assert not scheduler_of(gateway, Schedule("0 1 * * *", "UTC")).has_earlier_tick(STUDENTS)


async def test_a_skipped_tick_counts_as_an_earlier_one() -> None:
    gateway = await FakeGateway().open()
    sync_id = EVERY_MINUTE.sync_id(STUDENTS, TICK)

    await gateway.receive(
        TickSkipped(sync_id=sync_id, resource=STUDENTS, at=T0, tick_at=TICK, reason="busy")
    )

    assert scheduler_of(gateway).has_earlier_tick(STUDENTS)


async def test_three_gateways_with_random_restarts_make_one_sync_a_tick() -> None:
    chance = random.Random(7)  # noqa: S311 — which gateway restarts is no secret
    clock = FixedClock(TICK)
    broker = InMemoryBroker()
    gateways = [await FakeGateway(broker, clock).open() for _ in range(3)]
    seen: dict[int, int | None] = dict.fromkeys(range(3), TICK - 1)

    for _ in range(1_000):
        for number in chance.sample(range(3), 3):
            if chance.random() < 0.05:
                gateways[number] = await FakeGateway(broker, clock).open()
                seen[number] = None
            gateways[number].read_back()
            await look(gateways[number], seen[number])
            seen[number] = clock.now
        await end_all(gateways[0])
        clock.now += 60_000

    assert len({command.sync_id for command in gateways[0].commands()}) == 1_000
    assert len(gateways[0].commands()) == 1_000


async def look(gateway: FakeGateway, seen: int | None) -> None:
    due = due_tick(EVERY_MINUTE, seen, gateway.clock.now)
    scheduler = scheduler_of(gateway)
    if due is not None and fires(due, "latest", lambda: scheduler.has_earlier_tick(STUDENTS)):
        await scheduler.fire(STUDENTS, due.tick)


async def end_all(gateway: FakeGateway) -> None:
    gateway.read_back()
    active = gateway.view.active(STUDENTS)
    assert active is not None
    at = gateway.clock.now
    await gateway.receive(
        started(sync_id=active.sync_id, at=at), finished(sync_id=active.sync_id, at=at + 1)
    )

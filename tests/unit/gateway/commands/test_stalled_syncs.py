"""A sync that nobody works on any more gives way."""

from typing import Any

import pytest

from libs.common.contracts.commands import CancelSync, Command, StartSync, WantedRecord
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import Event
from libs.common.contracts.resources import Resource
from services.gateway.errors import SyncActive
from services.gateway.projection.status import Status
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.fire import TickFirer
from tests.unit.gateway.fake_gateway import House
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    beat,
    fetched,
    finished,
    page,
    resume,
    start,
    started,
    waiting,
)

STUDENTS = Resource.STUDENTS


async def test_a_sync_stalled_for_ten_minutes_gives_way() -> None:
    house = await House().open()
    await house.hear(started())
    house.clock.now = T0 + 600_000 - 1

    with pytest.raises(SyncActive):
        await house.requests.start(STUDENTS, Mode.FULL)
    house.clock.now += 1
    sync = await house.requests.start(STUDENTS, Mode.FULL)
    house.read_back()

    (command,) = house.commands()
    assert isinstance(command, StartSync)
    assert command.supersedes == SYNC
    assert house.view.newest(STUDENTS) is sync
    abandoned = house.view.find(SYNC)
    assert abandoned is not None
    assert house.view.report(abandoned).status is Status.CANCELLED
    assert sync.sync_id in house.view.report(abandoned).message


SILENT: dict[str, list[Event | Command]] = {
    "the report was lost": [started(), page(1), fetched()],
    "the decision was lost": [started(), page(1)],
    "the start was lost": [started()],
    "it was requested, and the answer was lost": [start()],
    "it was resumed, and the answer was lost": [
        started(at=T0 - HOUR),
        fetched(Outcome.FAILED, at=T0 - HOUR),
        resume(issued_at=T0),
    ],
    "it said that it waits": [started(), waiting(seconds=5.0)],
}


async def silent(story: list[Event | Command]) -> House:
    """Give a house whose workers are well, and nothing was heard of the sync for ten minutes."""
    house = await House().open()
    for message in story:
        if isinstance(message, Command):
            house.view.projection.command(message, 0)
        else:
            await house.hear(message)
    house.clock.now = T0 + 605_000 + 1_000
    for service in ("fetcher", "loader"):
        house.view.projection.beat(service, beat(service, house.clock.now))
    return house


@pytest.mark.parametrize("story", SILENT.values(), ids=SILENT.keys())
async def test_a_sync_silent_for_ten_minutes_does_not_block_a_new_one(
    story: list[Event | Command],
) -> None:
    house = await silent(story)

    sync = await house.requests.start(STUDENTS, Mode.FULL)
    house.read_back()

    assert house.view.active(STUDENTS) is sync


@pytest.mark.parametrize("story", SILENT.values(), ids=SILENT.keys())
async def test_a_sync_silent_for_ten_minutes_does_not_skip_a_tick(
    story: list[Event | Command],
) -> None:
    house = await silent(story)
    ticks = TickFirer(Schedule("0 1 * * *", "UTC"), house.view, house.requests, house.outbox)

    await ticks.fire(STUDENTS, T0)

    assert [type(command) for command in house.commands()] == [StartSync]


@pytest.mark.parametrize("story", SILENT.values(), ids=SILENT.keys())
async def test_a_sync_silent_for_ten_minutes_can_be_cancelled_and_is_over_then(
    story: list[Event | Command],
) -> None:
    house = await silent(story)

    sync = await house.requests.cancel(SYNC)
    house.read_back()

    assert isinstance(house.commands()[0], CancelSync)
    assert house.view.report(sync).status is Status.CANCELLED


async def test_a_sync_that_waits_for_hemis_as_it_said_is_not_lost() -> None:
    house = await silent([started(), waiting(seconds=3600.0)])

    with pytest.raises(SyncActive):
        await house.requests.start(STUDENTS, Mode.FULL)


async def test_a_request_that_waits_for_a_fetcher_is_not_lost() -> None:
    house = await silent([start()])
    house.view.projection.beat("fetcher", None)

    with pytest.raises(SyncActive):
        await house.requests.start(STUDENTS, Mode.FULL)


async def test_a_report_that_comes_after_all_outranks_the_cancel_of_a_silent_sync() -> None:
    house = await silent([started(), page(1), fetched()])
    sync = await house.requests.cancel(SYNC)
    await house.hear(finished())

    assert house.view.report(sync).status is Status.COMPLETED


@pytest.mark.parametrize("single", [False, True])
async def test_a_key_used_again_after_ninety_days_is_answered_as_ended_and_blocks_nothing(
    *, single: bool
) -> None:
    house = await House().open()
    if single:
        sync = await house.requests.fetch(STUDENTS, WantedRecord(hemis_id=50421), "key")
    else:
        sync = await house.requests.start(STUDENTS, Mode.FULL, "key")
    long_ago: dict[str, Any] = {
        "reason": "It ended earlier",
        "complete": False,
        "doubt": "It ended earlier",
    }
    await house.hear(fetched(sync_id=sync.sync_id, at=T0 - 91 * 24 * HOUR, **long_ago))

    report = house.view.report(sync)
    assert report.status is Status.COMPLETED
    assert "another key" in report.message
    assert house.view.active(STUDENTS) is None
    other = await house.requests.start(STUDENTS, Mode.FULL, "another key")
    assert other is not sync

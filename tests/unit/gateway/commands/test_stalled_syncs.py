"""A sync that nobody works on any more is superseded."""

from typing import Any

import pytest

from libs.common.contracts.commands import CancelSync, Command, StartSync, WantedRecord
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import Event
from libs.common.contracts.resources import Resource
from services.gateway.errors import SyncActive
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.scheduler import Scheduler
from services.gateway.views.progress import report_of
from services.gateway.views.status import Status
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import (
    HOUR,
    READ_AT,
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


async def test_a_sync_stalled_for_ten_minutes_is_superseded() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started())
    gateway.clock.now = T0 + 600_000 - 1

    with pytest.raises(SyncActive):
        await gateway.requests.start(STUDENTS, Mode.FULL)
    gateway.clock.now += 1
    sync = await gateway.requests.start(STUDENTS, Mode.FULL)
    gateway.read_back()

    (command,) = gateway.commands()
    assert isinstance(command, StartSync)
    assert command.supersedes == SYNC
    assert gateway.view.current(STUDENTS) is sync
    abandoned = gateway.view.find(SYNC)
    assert abandoned is not None
    assert report_of(gateway.view.snapshot(abandoned)).status is Status.CANCELLED
    assert sync.sync_id in report_of(gateway.view.snapshot(abandoned)).message


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


async def gateway_with_silent_sync(story: list[Event | Command]) -> FakeGateway:
    """Return a gateway with live workers and a sync that was silent for ten minutes."""
    gateway = await FakeGateway().open()
    for message in story:
        if isinstance(message, Command):
            gateway.view.projection.fold_command(message, 0)
        else:
            await gateway.receive(message)
    gateway.clock.now = T0 + 605_000 + 1_000
    for service in ("fetcher", "loader"):
        gateway.view.projection.heartbeats.add(service, beat(service, gateway.clock.now), READ_AT)
    return gateway


@pytest.mark.parametrize("story", SILENT.values(), ids=SILENT.keys())
async def test_a_sync_silent_for_ten_minutes_does_not_block_a_new_one(
    story: list[Event | Command],
) -> None:
    gateway = await gateway_with_silent_sync(story)

    sync = await gateway.requests.start(STUDENTS, Mode.FULL)
    gateway.read_back()

    assert gateway.view.active(STUDENTS) is sync


@pytest.mark.parametrize("story", SILENT.values(), ids=SILENT.keys())
async def test_a_sync_silent_for_ten_minutes_does_not_skip_a_tick(
    story: list[Event | Command],
) -> None:
    gateway = await gateway_with_silent_sync(story)
    scheduler = Scheduler(
        Schedule("0 1 * * *", "UTC"), "latest", gateway.view, gateway.requests, gateway.publisher
    )

    await scheduler.fire(STUDENTS, T0)

    assert [type(command) for command in gateway.commands()] == [StartSync]


@pytest.mark.parametrize("story", SILENT.values(), ids=SILENT.keys())
async def test_a_sync_silent_for_ten_minutes_can_be_cancelled_and_is_over_then(
    story: list[Event | Command],
) -> None:
    gateway = await gateway_with_silent_sync(story)

    sync = await gateway.requests.cancel(SYNC)
    gateway.read_back()

    assert isinstance(gateway.commands()[0], CancelSync)
    assert report_of(gateway.view.snapshot(sync)).status is Status.CANCELLED


async def test_a_sync_that_waits_for_hemis_as_it_said_is_not_lost() -> None:
    gateway = await gateway_with_silent_sync([started(), waiting(seconds=3600.0)])

    with pytest.raises(SyncActive):
        await gateway.requests.start(STUDENTS, Mode.FULL)


async def test_a_request_that_waits_for_a_fetcher_is_not_lost() -> None:
    gateway = await gateway_with_silent_sync([start()])
    gateway.view.projection.heartbeats.add("fetcher", None, READ_AT)

    with pytest.raises(SyncActive):
        await gateway.requests.start(STUDENTS, Mode.FULL)


async def test_a_report_that_comes_after_all_outranks_the_cancel_of_a_silent_sync() -> None:
    gateway = await gateway_with_silent_sync([started(), page(1), fetched()])
    sync = await gateway.requests.cancel(SYNC)
    await gateway.receive(finished())

    assert report_of(gateway.view.snapshot(sync)).status is Status.COMPLETED


@pytest.mark.parametrize("single", [False, True])
async def test_a_key_used_again_after_ninety_days_is_answered_as_ended_and_blocks_nothing(
    *, single: bool
) -> None:
    gateway = await FakeGateway().open()
    if single:
        sync = await gateway.requests.fetch(STUDENTS, WantedRecord(hemis_id=50421), "key")
    else:
        sync = await gateway.requests.start(STUDENTS, Mode.FULL, "key")
    long_ago: dict[str, Any] = {
        "reason": "It ended earlier",
        "complete": False,
        "doubt": "It ended earlier",
    }
    await gateway.receive(fetched(sync_id=sync.sync_id, at=T0 - 91 * 24 * HOUR, **long_ago))

    report = report_of(gateway.view.snapshot(sync))
    assert report.status is Status.COMPLETED
    assert "another key" in report.message
    assert gateway.view.active(STUDENTS) is None
    other = await gateway.requests.start(STUDENTS, Mode.FULL, "another key")
    assert other is not sync

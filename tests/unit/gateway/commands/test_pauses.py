"""A topic paused after too many rejects: its message, and its resume."""

import itertools

import pytest

from libs.common.contracts.commands import ResumeLoading
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, LoadingPaused, LoadingResumed
from libs.common.contracts.resources import Resource
from services.gateway.errors import NothingPaused
from services.gateway.projection.projection import Projection
from services.gateway.views.progress import progress_of, report_of
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import SYNC, T0, beat, fetched, loaded, page, started

STUDENTS = Resource.STUDENTS
LATER = "5f0c2a34-0000-4000-8000-000000000002"


def paused(sync_id: str = SYNC) -> LoadingPaused:
    return LoadingPaused(
        sync_id=sync_id, resource=STUDENTS, at=T0, rejected=40, records=200, limit_percent=5
    )


def resumed(sync_id: str = SYNC) -> LoadingResumed:
    return LoadingResumed(sync_id=sync_id, resource=STUDENTS, at=T0)


@pytest.fixture
async def gateway() -> FakeGateway:
    return await FakeGateway().open()


async def test_the_message_says_that_loading_is_paused_and_how_to_resume_it(
    gateway: FakeGateway,
) -> None:
    await gateway.receive(started(), paused())

    message = progress_of(gateway.view.current_snapshot(STUDENTS)).message

    assert "Loading is paused: 40 of 200 records were rejected, more than 5 %" in message
    assert "/api/hemis/loading/students/resume" in message


async def test_speed_and_remaining_time_are_unknown_while_loading_is_paused(
    gateway: FakeGateway,
) -> None:
    for service in ("fetcher", "loader"):
        gateway.view.projection.heartbeats.add(service, beat(service), T0)
    await gateway.receive(started(), page(200), loaded(1), loaded(2), paused())

    progress = progress_of(gateway.view.current_snapshot(STUDENTS))
    await gateway.receive(resumed())
    later = progress_of(gateway.view.current_snapshot(STUDENTS))

    assert (progress.records_per_second, progress.eta_seconds) == (None, None)
    assert (later.records_per_second, later.eta_seconds) == (50, (23_238 - 100) // 50)


async def test_a_later_sync_shows_that_loading_is_paused(gateway: FakeGateway) -> None:
    cancelled = fetched(Outcome.CANCELLED)
    await gateway.receive(started(), paused(), cancelled, started(sync_id=LATER, at=T0 + 1))

    later = progress_of(gateway.view.current_snapshot(STUDENTS))
    own = gateway.view.find(SYNC)

    assert later.sync_id == LATER
    assert "Loading is paused" in later.message
    assert own is not None
    assert report_of(gateway.view.snapshot(own)).message.startswith("Cancelled")
    assert "Loading is paused" in report_of(gateway.view.snapshot(own)).message
    assert "paused" not in progress_of(gateway.view.current_snapshot(Resource.EMPLOYEES)).message


async def test_every_paused_sync_gets_a_resume_command(gateway: FakeGateway) -> None:
    await gateway.receive(started(), paused(), started(sync_id=LATER), paused(LATER))

    sync = await gateway.requests.resume_loading(STUDENTS)

    assert sync.sync_id == SYNC
    sent = gateway.commands()
    assert {type(command) for command in sent} == {ResumeLoading}
    assert [command.sync_id for command in sent] == [SYNC, LATER]


async def test_resuming_without_a_pause_is_a_conflict(gateway: FakeGateway) -> None:
    await gateway.receive(started(), paused(), resumed())

    with pytest.raises(NothingPaused):
        await gateway.requests.resume_loading(STUDENTS)


async def test_a_resume_of_loading_is_repeated_until_the_loader_answers(
    gateway: FakeGateway,
) -> None:
    await gateway.receive(started(), paused())
    await gateway.requests.resume_loading(STUDENTS)
    await gateway.publisher.repeat_unanswered()
    await gateway.receive(resumed())
    await gateway.publisher.repeat_unanswered()

    assert len(gateway.commands()) == 2


def test_no_order_of_the_events_changes_what_is_paused() -> None:
    shown = set()
    events: list[Event] = [started(), paused(), resumed(), paused()]
    for order in itertools.permutations(events):
        projection = Projection()
        for place, event in enumerate(order):
            projection.fold_event(event, place)
        shown.add(len(projection.that_paused(STUDENTS)))

    assert shown == {1}

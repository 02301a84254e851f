"""Events of fetcher and loader outrank what a gateway assumes of a sync."""

from itertools import permutations

import pytest

from libs.common.contracts.commands import CancelSync, Command
from libs.common.contracts.enums import Mode
from libs.common.contracts.events import Event, SyncAbandoned
from libs.common.contracts.resources import Resource
from services.gateway.errors import SyncActive
from services.gateway.projection.projection import Projection
from services.gateway.views.progress import progress_of, report_of
from services.gateway.views.snapshot import snapshot_of
from services.gateway.views.status import Status
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import (
    HOUR,
    READ_AT,
    SYNC,
    T0,
    beat,
    cancel,
    fetched,
    finished,
    loaded,
    page,
    page_failed,
    resume,
    start,
    started,
    waiting,
)

STUDENTS = Resource.STUDENTS
Story = list[Command | Event]
# Two hours later every command of the stories has expired.
LATER = T0 + 2 * HOUR


def abandoned(superseded_by: str = "", at: int = T0 + 700_000) -> SyncAbandoned:
    return SyncAbandoned(sync_id=SYNC, resource=STUDENTS, at=at, superseded_by=superseded_by)


ASSUMED: dict[str, Story] = {
    "its request expired": [start()],
    "it was superseded by one that expired": [
        *(start(), started(), page(1)),
        *(start(sync_id="next", issued_at=T0 + 700_000), abandoned("next")),
    ],
    "it was given up as lost": [start(), started(), page(1), cancel(), abandoned()],
    "it was given up before anybody began it": [start(), abandoned()],
    "its resume was given up": [
        *(start(), started(), resume(issued_at=T0 + 5000)),
        abandoned(at=T0 + 700_000),
    ],
    "it was given up twice": [start(), started(), abandoned(), abandoned(at=T0 + HOUR)],
}
WORK: dict[str, Event] = {
    "it goes on": started(at=T0 + 10),
    "a page": page(2, at=LATER),
    "a page that failed": page_failed(2, at=LATER),
    "a wait": waiting(at=LATER),
}


async def gateway_with(*messages: Command | Event) -> FakeGateway:
    gateway = await FakeGateway().open()
    for place, message in enumerate(messages):
        if isinstance(message, Command):
            gateway.view.projection.fold_command(message, place)
        else:
            await gateway.receive(message)
    gateway.clock.now = LATER + 1_000
    for service in ("fetcher", "loader"):
        gateway.view.projection.heartbeats.add(service, beat(service, gateway.clock.now), READ_AT)
    return gateway


@pytest.mark.parametrize("word", WORK.values(), ids=WORK.keys())
@pytest.mark.parametrize("assumed", ASSUMED.values(), ids=ASSUMED.keys())
async def test_a_sync_with_new_events_runs_although_a_gateway_abandoned_it(
    assumed: Story, word: Event
) -> None:
    gateway = await gateway_with(*assumed, word, page(3, at=LATER))

    sync = gateway.view.current(STUDENTS)
    assert sync is not None
    assert (sync.sync_id, gateway.view.status(sync)) == (SYNC, Status.RUNNING)
    with pytest.raises(SyncActive):
        await gateway.requests.start(STUDENTS, Mode.FULL)
    await gateway.requests.cancel(SYNC)
    assert isinstance(gateway.commands()[-1], CancelSync)


@pytest.mark.parametrize("assumed", ASSUMED.values(), ids=ASSUMED.keys())
async def test_a_sync_without_new_events_stays_abandoned(assumed: Story) -> None:
    gateway = await gateway_with(*assumed)

    sync = gateway.view.find(SYNC)
    assert sync is not None
    assert gateway.view.status(sync) is Status.CANCELLED


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (loaded(3, at=LATER), Status.RUNNING),
        (finished(at=LATER), Status.COMPLETED),
        # Said again at each start of a fetcher: it shows no work.
        (fetched(at=LATER), Status.CANCELLED),
    ],
    ids=["loaded", "finished", "decided before"],
)
async def test_the_loaders_report_counts_for_a_sync_abandoned_while_loading(
    last: Event, status: Status
) -> None:
    gateway = await gateway_with(start(), started(), page(1), fetched(), abandoned(), last)

    sync = gateway.view.find(SYNC)
    assert sync is not None
    assert gateway.view.status(sync) is status


async def test_totals_of_a_sync_that_the_fetcher_forgot_are_no_sign_of_fetching() -> None:
    gateway = await gateway_with(start(), started(), page(1), abandoned(), loaded(3, at=LATER))

    sync = gateway.view.find(SYNC)
    assert sync is not None
    assert gateway.view.status(sync) is Status.CANCELLED


async def test_a_sync_with_new_events_is_not_lost_although_a_service_is_silent() -> None:
    gateway = await gateway_with(start(), started(), page(2, at=LATER))
    gateway.view.projection.heartbeats.add("fetcher", beat("fetcher", T0), READ_AT)

    with pytest.raises(SyncActive):
        await gateway.requests.start(STUDENTS, Mode.FULL)


async def test_a_request_that_expired_is_shown_where_nothing_else_runs() -> None:
    ended = finished(sync_id="old", at=T0 - 1)
    gateway = await gateway_with(started(sync_id="old", at=T0 - HOUR), ended, start())

    progress = progress_of(gateway.view.current_snapshot(STUDENTS))
    assert (progress.sync_id, progress.status) == (SYNC, Status.CANCELLED)


def test_every_order_of_abandonments_and_other_events_shows_the_same() -> None:
    messages: Story = [
        start(),
        started(),
        page(1),
        abandoned("next"),
        page(2, at=LATER),
        abandoned(at=LATER),
    ]
    placed = list(enumerate(messages))

    seen = set()
    for order in permutations(placed):
        projection = Projection()
        for place, message in order:
            if isinstance(message, Command):
                projection.fold_command(message, place)
            else:
                projection.fold_event(message, place)
        sync = projection.find(SYNC)
        assert sync is not None
        seen.add(report_of(snapshot_of(sync, LATER + 1_000)).model_dump_json())

    assert len(seen) == 1

"""Packing the syncs of single records changes no report."""

from itertools import permutations
from uuid import UUID

import pytest

from libs.common.contracts.commands import Command
from libs.common.contracts.enums import Kind, Outcome, Trigger
from libs.common.contracts.events import Event, SyncAbandoned
from libs.common.contracts.resources import Resource
from services.gateway.live.follower import settle_quiet_singles
from services.gateway.projection.projection import Projection
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.history import cursor_of, newest_first
from services.gateway.views.progress import report_of
from services.gateway.views.snapshot import snapshot_of
from services.gateway.views.status import Status
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    cancel,
    drifted,
    fetch,
    fetched,
    finished,
    loaded,
    page_failed,
    refused,
    rejected,
    started,
    waiting,
)

LATER = T0 + 24 * HOUR
SINGLE = started(kind=Kind.SINGLE, requested_by="portal", trigger=Trigger.MANUAL, at=T0 + 5)
FETCH = fetch(fingerprint="a1", requested_by="portal")
GIVEN_UP = SyncAbandoned(
    sync_id=SYNC, resource=Resource.STUDENTS, at=T0 + 700_000, superseded_by=""
)

STORIES: dict[str, list[Command | Event]] = {
    "completed": [
        FETCH,
        SINGLE,
        fetched(hemis_ids=(50421,), end_offsets={"2": 9}, fetched=1, distinct=1),
        loaded(1, inserted=1, unchanged=0),
        finished(hemis_ids=(50421,), inserted=1, updated=0, unchanged=0, distinct=1),
    ],
    "without its command, which is kept for a week only": [SINGLE, fetched(), finished()],
    "rejected": [FETCH, SINGLE, rejected(7), rejected(8), fetched(), finished(rejected=2)],
    "not found": [FETCH, SINGLE, waiting(), fetched(Outcome.NOT_FOUND, reason="unknown")],
    "erased": [SINGLE, fetched(Outcome.NOT_FOUND, suppressed=1)],
    "failed": [FETCH, SINGLE, page_failed(1), fetched(Outcome.FAILED, reason="HEMIS is away")],
    "failed after one was loaded": [SINGLE, loaded(2), fetched(Outcome.FAILED, reason="no")],
    "cancelled": [FETCH, SINGLE, cancel(), fetched(Outcome.CANCELLED, reason="on request")],
    "refused": [FETCH, refused(reason="too many requests for single records are waiting")],
    "never taken": [FETCH],
    "with unknown fields": [SINGLE, drifted("x"), fetched(), finished()],
    "ended long ago": [FETCH, fetched(complete=False, doubt="It ended earlier")],
}


def folded(messages: list[Command | Event], projection: Projection | None = None) -> Projection:
    projection = projection or Projection()
    for place, message in enumerate(messages, start=40):
        if isinstance(message, Command):
            projection.fold_command(message, place)
        else:
            projection.fold_event(message, place)
    return projection


def packed(messages: list[Command | Event]) -> Projection:
    projection = folded(messages)
    settle_quiet_singles(projection, LATER, LATER - 600_000)
    return projection


def found(projection: Projection, sync_id: str = SYNC) -> SyncState:
    sync = projection.find(sync_id)
    assert sync is not None
    return sync


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_a_report_is_the_same_after_its_sync_was_packed(story: list[Command | Event]) -> None:
    before, after = found(folded(story)), packed(story)

    assert list(after.unsettled()) == []
    sync = found(after)
    assert report_of(snapshot_of(sync, LATER)) == report_of(snapshot_of(before, LATER))
    assert cursor_of(sync) == cursor_of(before)
    assert (sync.fingerprint, sync.retry) == (before.fingerprint, before.retry)
    assert (sync.first_offset, sync.last_offset) == (before.first_offset, before.last_offset)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_events_after_packing_count_as_before(
    story: list[Command | Event],
) -> None:
    whole = report_of(snapshot_of(found(folded(story)), LATER))

    for split in range(1, len(story)):
        projection = packed(story[:split])
        folded(story[split:], projection)
        assert report_of(snapshot_of(found(projection), LATER)) == whole
        folded(story, projection)
        assert report_of(snapshot_of(found(projection), LATER)) == whole


def test_the_messages_of_a_packed_sync_may_come_in_any_order() -> None:
    story = STORIES["rejected"]
    whole = report_of(snapshot_of(found(folded(story)), LATER))

    for order in permutations(story):
        projection = packed(list(order[:3]))
        folded(list(order[3:]), projection)
        assert report_of(snapshot_of(found(projection), LATER)) == whole


@pytest.mark.parametrize(
    "story",
    [
        [started(), fetched(), finished()],
        [SINGLE],
        [SINGLE, fetched()],
        [started(kind=Kind.SINGLE, dead_letter_id="x", retry=1), fetched(), finished()],
        [FETCH, SINGLE, GIVEN_UP],
    ],
    ids=["a full sync", "it runs", "it is being stored", "a retry of a dead letter", "given up"],
)
def test_only_finished_syncs_of_single_records_are_packed(story: list[Command | Event]) -> None:
    assert [sync.sync_id for sync in packed(story).unsettled()] == [SYNC]


def test_a_sync_with_a_recent_event_is_not_packed() -> None:
    projection = folded([SINGLE, fetched(), finished(at=LATER - 599_999)])
    settle_quiet_singles(projection, LATER, LATER - 600_000)

    assert len(list(projection.unsettled())) == 1


def many() -> Projection:
    """Ten single records of which each third was not found, and two full syncs among them."""
    projection = Projection()
    for number in range(12):
        name = str(UUID(int=number))
        of = {"sync_id": name, "at": T0 + number // 2}
        kind = Kind.FULL if number in {3, 8} else Kind.SINGLE
        end = Outcome.NOT_FOUND if number % 3 == 0 and kind is Kind.SINGLE else Outcome.COMPLETED
        projection.fold_event(started(kind=kind, **of), number * 3)
        projection.fold_event(fetched(end, **of), number * 3 + 1)
        if end is Outcome.COMPLETED:
            projection.fold_event(finished(**of), number * 3 + 2)
    return projection


@pytest.mark.parametrize("status", [None, Status.COMPLETED, Status.FAILED, Status.RUNNING])
@pytest.mark.parametrize("resource", [None, Resource.STUDENTS, Resource.EMPLOYEES])
def test_the_history_has_the_same_pages_with_packed_syncs(
    status: Status | None, resource: Resource | None
) -> None:
    loose, tight = many(), many()
    settle_quiet_singles(tight, LATER, LATER)
    assert len(list(tight.unsettled())) == 2

    before = None
    while True:
        pages = [history(one, before, resource, status)[:3] for one in (loose, tight)]
        assert pages[0] == pages[1]
        if not pages[0]:
            break
        before = pages[0][-1]


def history(
    projection: Projection,
    before: tuple[int, str] | None,
    resource: Resource | None,
    status: Status | None,
) -> list[tuple[int, str]]:
    syncs = [
        sync
        for sync in projection.unsettled()
        if resource in {None, sync.resource}
        and status in {None, report_of(snapshot_of(sync, LATER)).status}
    ]
    settled = projection.settled.newest_first(before, resource, status)
    return [cursor_of(sync) for sync in newest_first(syncs, before, settled)]


def all_syncs(projection: Projection) -> list[SyncState]:
    return [*projection.unsettled(), *projection.settled.newest_first(None, None, None)]


def test_packed_syncs_older_than_the_topic_are_dropped() -> None:
    projection = many()
    settle_quiet_singles(projection, LATER, LATER)
    projection.forget(LATER)

    assert list(all_syncs(projection)) == []


def test_more_syncs_of_one_millisecond_than_slots_are_all_kept() -> None:
    projection = Projection()
    for number in range(4_100):
        of = {"sync_id": f"s{number}"}
        projection.fold_event(started(kind=Kind.SINGLE, **of), number)
        projection.fold_event(fetched(Outcome.NOT_FOUND, **of), number)

    settle_quiet_singles(projection, LATER, LATER)

    assert len({sync.sync_id for sync in all_syncs(projection)}) == 4_100
    assert found(projection, "s4099").started_at == T0

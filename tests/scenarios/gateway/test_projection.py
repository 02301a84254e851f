"""The projection: any order and any repetition of the same messages gives the same."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.contracts.commands import Command
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import AlertRaised, Event, SyncAbandoned
from libs.common.contracts.resources import Resource
from services.gateway.projection.projection import Projection
from services.gateway.views.progress import progress_of, report_of
from services.gateway.views.schemas import Progress, Report
from services.gateway.views.snapshot import snapshot_of
from services.gateway.views.status import Status, current_sync
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    fetched,
    finished,
    loaded,
    page,
    page_failed,
    refused,
    rejected,
    resume,
    start,
    started,
    waiting,
)

NOW = T0 + 30_000
WithOffset = tuple[int, Command | Event]

# A sync that fails, is resumed, repeats itself after a crash, and ends.
STORY: list[Command | Event] = [
    start(),
    started(at=T0 + 10),
    page(1),
    loaded(1),
    page(2, rejected=1, retries=2),
    rejected(7, record=None),
    waiting(at=T0 + 2500),
    page_failed(3),
    fetched(Outcome.FAILED, reason="HEMIS refused the token", at=T0 + 4000),
    fetched(Outcome.CANCELLED, at=T0 + 4100),
    resume(issued_at=T0 + 5000),
    started(attempt=2, at=T0 + 6000),
    page(3, attempt=2, fetched=150, at=T0 + 7000),
    page(3, attempt=2, fetched=150, at=T0 + 7500),
    loaded(2, inserted=4),
    loaded(1, database_epoch=2, unchanged=3),
    rejected(9),
    page(4, attempt=2, fetched=200, next_page=None, at=T0 + 8000),
    fetched(attempt=2, distinct=199, missing=1, failed_pages=(3,), at=T0 + 9000),
]
END = finished(attempt=2, complete=False, failed_pages=(3,), distinct=199, missing=1)


def with_offsets(*messages: Command | Event) -> list[WithOffset]:
    return list(enumerate(messages))


def folded(messages: list[WithOffset]) -> Projection:
    projection = Projection()
    for place, message in messages:
        if isinstance(message, Command):
            projection.fold_command(message, place)
        else:
            projection.fold_event(message, place)
    return projection


def shown(messages: list[WithOffset], now: int = NOW) -> Report:
    sync = folded(messages).find(SYNC)
    assert sync is not None
    return report_of(snapshot_of(sync, now))


@pytest.mark.parametrize("story", [STORY, [*STORY, END]], ids=["running", "finished"])
@settings(max_examples=150, deadline=None)
@given(chosen=st.data())
def test_any_order_and_any_repetition_shows_the_same(
    story: list[Command | Event], chosen: st.DataObject
) -> None:
    straight = with_offsets(*story)
    again = chosen.draw(st.lists(st.sampled_from(straight), max_size=8))
    shuffled = chosen.draw(st.permutations(straight + again))

    assert shown(shuffled) == shown(straight)


def test_every_order_of_the_ends_shows_the_same() -> None:
    ends = with_offsets(started(), fetched(), fetched(Outcome.FAILED), refused(), loaded(1))

    seen = {shown(list(order)).model_dump_json() for order in permutations(ends)}

    assert len(seen) == 1


def test_the_first_end_of_an_attempt_holds() -> None:
    story = with_offsets(
        started(), fetched(Outcome.FAILED, reason="first"), fetched(Outcome.CANCELLED)
    )

    assert shown(story).status is Status.FAILED


def test_a_finished_sync_stays_finished() -> None:
    story = with_offsets(started(), fetched(), finished(), started(attempt=2), refused(), loaded(9))

    report = shown(story)

    assert report.status is Status.COMPLETED
    assert report.processed_records == 100


def test_a_resumed_sync_runs_again() -> None:
    story = with_offsets(started(), fetched(Outcome.FAILED), started(attempt=2, at=T0 + 9000))

    report = shown(story)

    assert report.status is Status.RUNNING
    assert report.attempt == 2
    assert report.start_time == T0


def test_a_lost_database_starts_the_count_again_and_says_so() -> None:
    story = with_offsets(started(), loaded(9), loaded(1, database_epoch=2, unchanged=5), loaded(10))

    report = shown(story)

    assert (report.processed_records, report.database_epoch) == (5, 2)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_the_counts_never_go_down(revisions: list[int]) -> None:
    projection = Projection()
    projection.fold_event(started(), 0)
    counts: list[tuple[int, int]] = []

    for place, revision in enumerate(revisions, 1):
        projection.fold_event(loaded(revision), place)
        projection.fold_event(page(revision, rejected=revision % 3), place + 100)
        progress = current_progress(projection, NOW)
        counts.append((progress.processed_records, progress.fetched_records))

    assert [one for one, _ in counts] == sorted(one for one, _ in counts)
    assert [two for _, two in counts] == sorted(two for _, two in counts)


def current_progress(projection: Projection, now: int) -> Progress:
    sync = current_sync(projection.candidates(Resource.STUDENTS), now)
    return progress_of(snapshot_of(sync, now) if sync is not None else None)


def test_a_refused_sync_does_not_hide_the_active_one() -> None:
    projection = Projection()
    projection.fold_command(start(), 0)
    projection.fold_command(start(sync_id="late", issued_at=T0 + 5), 1)
    projection.fold_event(started(at=T0 + 9), 0)
    projection.fold_event(refused(sync_id="late", active_sync_id=SYNC, at=T0 + 10), 1)

    late = projection.find("late")

    assert current_progress(projection, NOW).sync_id == SYNC
    assert late is not None
    assert progress_of(snapshot_of(late, NOW)).status is Status.CANCELLED
    assert SYNC in progress_of(snapshot_of(late, NOW)).message


def test_a_refused_resume_leaves_the_sync_as_it_was() -> None:
    story = with_offsets(
        started(),
        fetched(Outcome.FAILED, reason="HEMIS was away"),
        resume(issued_at=T0 + 5000),
        refused(active_sync_id="other", at=T0 + 6000),
    )

    report = shown(story)

    assert report.status is Status.FAILED
    assert report.message == "Failed: HEMIS was away"


def test_a_resume_nobody_answered_is_requested_until_it_expires() -> None:
    story = with_offsets(started(), fetched(Outcome.FAILED), resume(issued_at=T0 + 5000))

    assert shown(story, T0 + 6000).status is Status.REQUESTED
    assert shown(story, T0 + 5000 + HOUR).status is Status.FAILED


def test_an_abandoned_sync_is_cancelled_and_names_its_successor() -> None:
    gone = SyncAbandoned(
        sync_id=SYNC, resource=Resource.STUDENTS, at=T0 + 9000, superseded_by="next"
    )

    report = shown(with_offsets(started(), gone))

    assert report.status is Status.CANCELLED
    assert "sync next takes its place" in report.message


def test_an_alert_changes_nothing_of_its_sync() -> None:
    alert = AlertRaised(
        sync_id=SYNC, resource=Resource.STUDENTS, at=T0 + 9000, alert="stale", detail=""
    )

    before, after = shown(with_offsets(started())), shown(with_offsets(started(), alert))

    assert after == before


def test_old_syncs_are_forgotten_with_their_topics() -> None:
    projection = folded(with_offsets(*STORY, END))
    projection.fold_event(started(sync_id="new", at=T0 + HOUR * 24), 99)

    projection.forget(T0 + HOUR * 12)

    assert projection.find(SYNC) is None
    assert [sync.sync_id for sync in projection.candidates(Resource.STUDENTS)] == ["new"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_order_of_several_syncs_shows_the_same_current_one(chosen: st.DataObject) -> None:
    names, times = st.sampled_from("abcd"), st.integers(T0, T0 + 9000)
    kinds = st.sampled_from([start, started, resume, refused, fetched, finished])
    messages = [
        message_at(chosen.draw(kinds), chosen.draw(names), chosen.draw(times))
        for _ in range(chosen.draw(st.integers(1, 12)))
    ]
    straight = with_offsets(*messages)

    shuffled = chosen.draw(st.permutations(straight))

    assert current_progress(folded(shuffled), NOW) == current_progress(folded(straight), NOW)


def message_at(kind: Callable[..., Command | Event], sync_id: str, at: int) -> Command | Event:
    times = {"issued_at": at} if kind in {start, resume} else {"at": at}
    return kind(sync_id=sync_id, **times)

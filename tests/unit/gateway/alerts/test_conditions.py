"""Which messages raise an alert, and which clear it."""

from collections.abc import Sequence
from typing import Any

import pytest

from libs.common.contracts.commands import Command
from libs.common.contracts.enums import FieldChange, Kind, Mode, Outcome, RemovalState
from libs.common.contracts.events import Event, LoadingPaused, LoadingResumed, RemovalsCounted
from libs.common.contracts.resources import Resource
from services.gateway.alerts.conditions import Alert, AlertRules
from services.gateway.projection.projection import Projection
from tests.unit.gateway.sample_messages import (
    HOUR,
    READ_AT,
    SYNC,
    T0,
    beat,
    drifted,
    fetched,
    finished,
    resume,
    started,
)

STUDENTS = Resource.STUDENTS
DAY = 24 * HOUR
STALE_AFTER = 26 * HOUR
NEXT = "5f0c2a34-0000-4000-8000-000000000002"
BEGUN = started()
NEXT_BEGUN = started(sync_id=NEXT, at=T0 + HOUR)
COMPLETE = (BEGUN, finished(at=T0))
FAILED = (BEGUN, fetched(Outcome.FAILED, reason="HEMIS is away", at=T0))
INCOMPLETE = (BEGUN, fetched(), finished(complete=False, rejected=3))
HELD = RemovalsCounted(
    sync_id=SYNC, resource=STUDENTS, at=T0, database_epoch=1, revision=1,
    state=RemovalState.HELD, missing=12, vacated=0, limit=5, removed=0, undecided=0,
)  # fmt: skip
PAUSED = LoadingPaused(
    sync_id=SYNC, resource=STUDENTS, at=T0, rejected=40, records=200, limit_percent=5
)
RESUMED = LoadingResumed(sync_id=SYNC, resource=STUDENTS, at=T0)

CHANGED = drifted("email", change=FieldChange.DROPPED)
FETCHED = fetched(complete=True)
NEXT_FETCHED = fetched(sync_id=NEXT, complete=True)
DRIFTED = (BEGUN, CHANGED, FETCHED)


def removals(state: RemovalState) -> RemovalsCounted:
    return RemovalsCounted(
        sync_id=SYNC, resource=STUDENTS, at=T0, database_epoch=1, revision=2,
        state=state, missing=12, vacated=0, limit=5, removed=0, undecided=0,
    )  # fmt: skip


def alerts_of(projection: Projection, now: int) -> list[Alert]:
    return list(AlertRules("hemis", STALE_AFTER).alerts(projection, now).values())


def projected(*story: Event | Command) -> Projection:
    projection = Projection()
    for place, message in enumerate(story):
        if isinstance(message, Command):
            projection.fold_command(message, place)
        else:
            projection.fold_event(message, place)
    return projection


def with_heartbeats(projection: Projection, now: int, *services: str) -> Projection:
    for service in services:
        projection.heartbeats.add(service, beat(service, now), READ_AT)
    return projection


CASES: Sequence[tuple[str, tuple[Event | Command, ...], list[tuple[str, str]]]] = [
    ("nothing was ever asked for", (), []),
    ("a first sync runs", (BEGUN,), []),
    ("complete", (BEGUN, fetched(), finished()), []),
    ("failed", FAILED, [("failed", f"{SYNC}/1")]),
    ("failed, the next one runs", (*FAILED, NEXT_BEGUN), [("failed", f"{SYNC}/1")]),
    (
        "failed, the next one was cancelled",
        (*FAILED, NEXT_BEGUN, fetched(Outcome.CANCELLED, sync_id=NEXT)),
        [("failed", f"{SYNC}/1")],
    ),
    (
        "failed, the next one is complete",
        (*FAILED, NEXT_BEGUN, finished(sync_id=NEXT, at=T0 + HOUR)),
        [],
    ),
    ("failed, its next attempt runs", (*FAILED, resume(), started(attempt=2)), []),
    (
        "failed twice",
        (*FAILED, started(attempt=2), fetched(Outcome.FAILED, attempt=2)),
        [("failed", f"{SYNC}/2")],
    ),
    ("ended, and lacks something", INCOMPLETE, [("incomplete", f"{SYNC}/1")]),
    (
        "incomplete, then failed",
        (*INCOMPLETE, NEXT_BEGUN, fetched(Outcome.FAILED, sync_id=NEXT)),
        [("failed", f"{NEXT}/1")],
    ),
    ("a single record failed", (started(kind=Kind.SINGLE), fetched(Outcome.FAILED)), []),
    ("rows are held", (BEGUN, finished(), HELD), [("held", SYNC)]),
    ("the hold was decided", (BEGUN, finished(), HELD, removals(RemovalState.ASKING)), []),
    ("paused for rejects", (BEGUN, PAUSED), [("too_many_rejects", SYNC)]),
    ("paused, and goes on", (BEGUN, PAUSED, RESUMED), []),
    ("fields changed, but not all is fetched yet", (BEGUN, CHANGED), []),
    ("fields changed", DRIFTED, [("drifted", SYNC)]),
    ("fields that are unknown, as ever", (BEGUN, drifted("score"), FETCHED), []),
    (
        "fields changed, the next sync cannot tell",
        (*DRIFTED, NEXT_BEGUN, fetched(sync_id=NEXT, complete=False)),
        [("drifted", SYNC)],
    ),
    (
        "fields changed, the next sync is incremental",
        (*DRIFTED, started(sync_id=NEXT, at=T0 + HOUR, mode=Mode.INCREMENTAL), NEXT_FETCHED),
        [("drifted", SYNC)],
    ),
    ("fields changed, and then no more", (*DRIFTED, NEXT_BEGUN, NEXT_FETCHED), []),
]


@pytest.mark.parametrize(
    ("story", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_id_of_an_alert_is_derived_from_its_cause(
    story: tuple[Event | Command, ...], expected: list[tuple[str, str]]
) -> None:
    projection = with_heartbeats(projected(*story), T0 + HOUR, "fetcher", "loader")

    found = alerts_of(projection, T0 + HOUR)

    assert [(str(alert.kind), alert.cause) for alert in found] == expected


def stalled(projection: Projection, now: int) -> list[tuple[str, str]]:
    found = alerts_of(projection, now)
    return [(alert.cause, alert.detail) for alert in found if alert.kind == "stalled"]


def test_a_sync_whose_fetcher_fell_silent_is_stalled_since_its_last_beat() -> None:
    projection = projected(BEGUN)
    with_heartbeats(projection, T0 + 5_000, "fetcher")
    with_heartbeats(projection, T0 + 40_000, "loader")

    (early,) = stalled(projection, T0 + 41_000)
    (late,) = stalled(projection, T0 + 55_000)
    with_heartbeats(projection, T0 + 56_000, "fetcher")

    assert early == late == (f"{SYNC}/{T0 + 5_000}", early[1])
    assert "no sign of life from the fetcher" in early[1]
    assert stalled(projection, T0 + 57_000) == []


def test_no_heartbeat_is_needed_while_no_sync_runs() -> None:
    assert alerts_of(projected(BEGUN, finished()), T0 + HOUR) == []


def stale(projection: Projection, now: int) -> list[tuple[Any, ...]]:
    found = alerts_of(projection, now)
    return [(alert.resource, alert.cause) for alert in found if alert.kind == "stale"]


@pytest.mark.parametrize(
    ("story", "since"),
    [
        (COMPLETE, T0),
        ((*COMPLETE, NEXT_BEGUN, finished(sync_id=NEXT, at=T0 + HOUR, complete=False)), T0),
        ((*COMPLETE, NEXT_BEGUN, finished(sync_id=NEXT, at=T0 + HOUR)), T0 + HOUR),
        (FAILED, T0),
    ],
    ids=["complete", "then incomplete", "then complete", "never complete"],
)
def test_the_tables_are_stale_some_hours_after_the_last_complete_sync(
    story: tuple[Event, ...], since: int
) -> None:
    projection = projected(*story)

    assert stale(projection, since + STALE_AFTER) == []
    assert stale(projection, since + STALE_AFTER + 1) == [(STUDENTS, str(since))]
    assert stale(projection, since + 30 * DAY) == [(STUDENTS, str(since))]


def test_a_list_that_is_not_scheduled_is_never_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Resource.DEPARTMENTS, "is_scheduled", False)
    departments = {"resource": Resource.DEPARTMENTS}

    assert stale(projected(started(**departments), finished(**departments)), T0 + 30 * DAY) == []


def test_the_detail_of_an_alert_names_no_person_and_says_what_to_do() -> None:
    found = alerts_of(projected(BEGUN, PAUSED, HELD), T0 + 30 * DAY)

    texts = {str(alert.kind): alert.detail for alert in found}
    assert texts["stale"] == "no complete sync since 2023-10-26 18:40 UTC, over 720 hours ago"
    assert texts["held"] == "12 rows are not in HEMIS any more, more than 5"
    assert "/api/hemis/loading/students/resume" in texts["too_many_rejects"]


def test_an_alert_of_changed_fields_names_some_of_them() -> None:
    many = drifted(*(f"f{n}" for n in range(50)), change=FieldChange.ADDED)
    retyped = drifted("gpa", change=FieldChange.RETYPED, types={"gpa": "number → string"})

    found = alerts_of(projected(BEGUN, many, retyped, FETCHED), T0)

    texts = {str(alert.kind): alert.detail for alert in found}
    assert texts["drifted"] == (
        "HEMIS changed fields of its students: added: f0, f1, f2, f3, f4, 45 more;"
        " retyped: gpa (number → string)"
    )

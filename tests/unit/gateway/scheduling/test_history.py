"""The result of the last ticks, and the description of a schedule."""

import pytest

from libs.common.contracts.enums import Trigger
from libs.common.contracts.events import TickSkipped
from libs.common.contracts.resources import SCHEDULED, Resource
from libs.common.contracts.times import milliseconds_of
from services.gateway.projection.projection import Projection
from services.gateway.scheduling.cron import Schedule, checked_cron
from services.gateway.scheduling.describe import description_of
from services.gateway.scheduling.history import past_ticks
from tests.unit.gateway.sample_messages import start, started

HOURLY = Schedule("0 * * * *", "UTC")
STUDENTS = Resource.STUDENTS
MINUTE, HOUR = 60_000, 3_600_000
NOON = milliseconds_of("2026-11-24T12:00:00Z")


def fire(projection: Projection, tick: int, *, late: int = 0, schedule: Schedule = HOURLY) -> None:
    for resource in SCHEDULED:
        command = start(
            sync_id=schedule.sync_id(resource, tick), resource=resource, tick_at=tick,
            trigger=Trigger.SCHEDULE, issued_at=tick + late,
        )  # fmt: skip
        projection.fold_command(command, tick)


def skip(projection: Projection, tick: int, reason: str) -> None:
    sync_id = HOURLY.sync_id(STUDENTS, tick)
    skipped = TickSkipped(
        sync_id=sync_id, resource=STUDENTS, at=tick + 5, tick_at=tick, reason=reason
    )
    projection.fold_event(skipped, tick)


def shown(projection: Projection, now: int, count: int = 20) -> list[tuple[int, str | None]]:
    """Return hours before noon and the reason of each tick of the students."""
    past = past_ticks(HOURLY, projection, now, count)
    return [((one.tick - NOON) // HOUR, one.reason) for one in past if one.resource is STUDENTS]


def test_before_its_first_known_tick_a_schedule_missed_nothing() -> None:
    assert past_ticks(HOURLY, Projection(), NOON, 20) == []


def test_each_scheduled_time_is_listed_for_each_scheduled_resource() -> None:
    projection = Projection()
    fire(projection, NOON)

    past = past_ticks(HOURLY, projection, NOON + 1, 20)

    assert [one.resource for one in past] == list(SCHEDULED)
    assert all(one.sync is not None and one.reason is None for one in past)


def test_missed_and_skipped_ticks_are_listed_between_those_that_fired() -> None:
    projection = Projection()
    fire(projection, NOON - 3 * HOUR)
    skip(projection, NOON - 2 * HOUR, "sync a was still active")
    fire(projection, NOON)

    assert shown(projection, NOON + MINUTE + 1) == [
        (0, None),
        (-1, "missed: no gateway requested it"),
        (-2, "sync a was still active"),
        (-3, None),
    ]


def test_a_tick_that_may_still_come_on_time_is_not_missed_yet() -> None:
    projection = Projection()
    fire(projection, NOON - HOUR)

    assert shown(projection, NOON + MINUTE - 1) == [(-1, None)]
    assert shown(projection, NOON + MINUTE) == [(0, "missed: no gateway requested it"), (-1, None)]


def test_a_late_tick_says_how_late_it_was() -> None:
    projection = Projection()
    fire(projection, NOON, late=HOUR // 2)

    assert {one.late_ms for one in past_ticks(HOURLY, projection, NOON + HOUR, 20)} == {HOUR // 2}


def test_only_the_last_scheduled_times_are_shown() -> None:
    projection = Projection()
    for hours in range(50):
        fire(projection, NOON - hours * HOUR)

    assert [hour for hour, _ in shown(projection, NOON + 1, 20)] == [-n for n in range(20)]


def test_ticks_of_an_earlier_schedule_stay_and_nothing_of_it_is_missed() -> None:
    projection = Projection()
    fire(projection, NOON - 90 * MINUTE, schedule=Schedule("30 * * * *", "UTC"))
    fire(projection, NOON)

    assert shown(projection, NOON + 1) == [(0, None), (-2, None)]


def test_the_hour_that_comes_twice_is_one_tick() -> None:
    prague = Schedule("30 2 * * *", "Europe/Prague")
    first = milliseconds_of("2026-10-25T00:30:00Z")
    projection = Projection()
    fire(projection, first - 24 * HOUR, schedule=prague)
    fire(projection, first, schedule=prague)

    past = past_ticks(prague, projection, first + 12 * HOUR, 20)

    assert [one.tick for one in past if one.resource is STUDENTS] == [first, first - 24 * HOUR]


def test_a_start_whose_command_is_gone_is_shown_from_its_event() -> None:
    projection = Projection()
    sync_id = HOURLY.sync_id(STUDENTS, NOON)
    projection.fold_event(started(sync_id=sync_id, tick_at=NOON, at=NOON + 10), 1)

    (past,) = past_ticks(HOURLY, projection, NOON + 20, 20)

    assert (past.tick, past.late_ms) == (NOON, 10)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 1 * * *", "every day at 01:00"),
        ("0 1,13 * * *", "every day at 01:00 and 13:00"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("5 * * * *", "at minute 5 of every hour"),
        ("0,7 * * * *", "at minutes 0 and 7 of every hour"),
        ("* 3 * * *", "every minute of hour 3"),
        ("0 */6 * * *", "every day at 00:00, 06:00, 12:00 and 18:00"),
        ("0 2 * * mon-fri", "on Monday, Tuesday, Wednesday, Thursday and Friday at 02:00"),
        ("0 0 * * 7", "on Sunday at 00:00"),
        ("30 2 1 * *", "on day 1 of the month at 02:30"),
        ("30 2 l * *", "on the last day of the month at 02:30"),
        ("15 4 1 JAN,jul *", "on day 1 of the month in January and July at 04:15"),
        ("0 3 1 * 1", "on day 1 of the month or on Monday at 03:00"),
        ("0 3 * * 5#2", "on the second Friday at 03:00"),
        ("0 3 * * l5", "on the last Friday at 03:00"),
        ("0 3 * 2 *", "in February at 03:00"),
        ("0 * 1 * *", "on day 1 of the month at minute 0 of every hour"),
        ("*/20 8-10 * * *", "every day at minutes 0, 20 and 40 of hours 8, 9 and 10"),
    ],
)
def test_the_description_of_a_cron_expression(cron: str, words: str) -> None:
    assert description_of(checked_cron(cron)) == words

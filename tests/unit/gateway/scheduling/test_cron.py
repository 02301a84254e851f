"""Cron expressions, time zones and missed ticks."""

from datetime import datetime

import pytest

from libs.common.contracts.resources import Resource
from libs.common.contracts.times import milliseconds_of
from services.gateway.scheduling.cron import Schedule, checked_cron, checked_zone
from services.gateway.scheduling.due import Due, due_tick, fires

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def always() -> bool:
    return True


def never() -> bool:
    return False


def at(text: str) -> int:
    return milliseconds_of(text)


def runs(cron: str, zone: str, after: str, count: int = 3) -> list[str]:
    schedule = Schedule(cron, zone)
    ticks = schedule.upcoming(at(after), count)
    return [schedule.local(tick).isoformat(timespec="minutes") for tick in ticks]


@pytest.mark.parametrize(
    ("cron", "first", "second"),
    [
        ("0 1 * * *", "2026-11-25T01:00+00:00", "2026-11-26T01:00+00:00"),
        ("0 */6 * * *", "2026-11-24T18:00+00:00", "2026-11-25T00:00+00:00"),
        ("0 0 * * 0", "2026-11-29T00:00+00:00", "2026-12-06T00:00+00:00"),
        ("30 2 1 * *", "2026-12-01T02:30+00:00", "2027-01-01T02:30+00:00"),
        ("0 2 * * mon-fri", "2026-11-25T02:00+00:00", "2026-11-26T02:00+00:00"),
        ("15 4 1 JAN,jul *", "2027-01-01T04:15+00:00", "2027-07-01T04:15+00:00"),
    ],
)
def test_the_next_runs_of_the_guides_cron_lines(cron: str, first: str, second: str) -> None:
    assert runs(cron, "UTC", "2026-11-24T13:00:00Z", 2) == [first, second]


def test_ticks_follow_the_time_zone() -> None:
    assert runs("0 1 * * *", "Asia/Tashkent", "2026-11-24T13:00:00Z", 1) == [
        "2026-11-25T01:00+05:00"
    ]


def test_a_tick_in_a_dst_gap_comes_once_after_the_gap() -> None:
    assert runs("30 2 * * *", "Europe/Prague", "2026-03-28T12:00:00Z", 2) == [
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]


def test_a_tick_in_a_dst_fold_comes_once() -> None:
    schedule = Schedule("30 2 * * *", "Europe/Prague")
    first, second = at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")

    assert schedule.next_after(first) == second
    assert schedule.sync_id(Resource.STUDENTS, first) == schedule.sync_id(Resource.STUDENTS, second)
    assert runs("30 2 * * *", "Europe/Prague", "2026-10-24T12:00:00Z", 2) == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
    ]


def test_the_newest_tick_may_be_this_very_moment() -> None:
    schedule = Schedule("0 1 * * *", "UTC")
    tick = at("2026-11-24T01:00:00Z")

    assert schedule.newest_until(tick) == tick
    assert schedule.newest_until(tick - 1) == tick - DAY


def test_each_resource_and_minute_has_a_sync_id_of_its_own() -> None:
    schedule = Schedule("* * * * *", "UTC")
    tick = at("2026-11-24T01:00:00Z")

    names = {schedule.sync_id(one, tick + n * MINUTE) for one in Resource for n in range(3)}

    assert len(names) == 3 * len(Resource)


@pytest.mark.parametrize(
    "cron",
    [
        "0 0 31 2 *",
        "0 0 30 2 *",
        "* * * *",
        "* * * * * *",
        "0 0 1 1 * 0 2020",
        "@daily",
        "60 * * * *",
        "*/0 * * * *",
        "r r * * *",
        "h * * * *",
        "1 2 3 four *",
    ],
)
def test_an_expression_that_is_invalid_or_never_matches_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match=r"five fields|never matches"):
        checked_cron(cron)


def test_an_empty_expression_is_no_schedule() -> None:
    assert checked_cron("  ") == ""
    assert checked_cron(" 0  1 * * * ") == "0 1 * * *"


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "UTC+5"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        checked_zone(zone)


def test_a_tick_is_due_once() -> None:
    schedule = Schedule("0 1 * * *", "UTC")
    tick = at("2026-11-24T01:00:00Z")

    assert due_tick(schedule, tick - 5, tick + 20) == Due(tick, 20, awaited=True)
    assert due_tick(schedule, tick + 20, tick + HOUR) is None


def test_of_several_missed_ticks_the_newest_is_due() -> None:
    schedule = Schedule("0 * * * *", "UTC")
    now = at("2026-11-24T07:10:00Z")

    due = due_tick(schedule, now - 6 * HOUR, now)

    assert due == Due(at("2026-11-24T07:00:00Z"), 10 * MINUTE, awaited=True)


def test_a_clock_set_back_makes_nothing_due() -> None:
    schedule = Schedule("0 * * * *", "UTC")
    now = at("2026-11-24T07:10:00Z")

    assert due_tick(schedule, now + HOUR, now) is None


@pytest.mark.parametrize("late", [0, MINUTE])
def test_a_tick_on_time_fires_under_every_policy(late: int) -> None:
    due = Due(0, late, awaited=True)

    assert fires(due, "none", never)
    assert fires(due, "latest", never)


@pytest.mark.parametrize("late", [MINUTE + 1, DAY])
def test_a_missed_tick_is_caught_up_on_within_a_day(late: int) -> None:
    slept, was_down = Due(0, late, awaited=True), Due(0, late, awaited=False)

    assert fires(slept, "latest", never)
    assert fires(was_down, "latest", always)
    assert not fires(slept, "none", always)
    assert not fires(was_down, "none", always)


def test_a_tick_missed_for_longer_does_not_fire() -> None:
    assert not fires(Due(0, DAY + 1, awaited=True), "latest", always)


@pytest.mark.parametrize("late", [0, 6 * HOUR])
def test_a_first_start_fires_no_missed_tick(late: int) -> None:
    assert not fires(Due(0, late, awaited=False), "latest", never)


def test_local_times_keep_their_minute() -> None:
    schedule = Schedule("0 1 * * *", "Asia/Tashkent")

    assert schedule.local_minute(at("2026-11-23T20:00:00Z")) == "2026-11-24T01:00"
    assert schedule.local(0) == datetime.fromisoformat("1970-01-01T05:00+05:00")

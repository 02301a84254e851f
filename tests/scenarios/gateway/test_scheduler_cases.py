"""A table of cases: the time of each check, and which ticks fire."""

import pytest

from libs.common.contracts.resources import Resource
from libs.common.contracts.times import milliseconds_of
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.due import Misfire, due_tick, fires

# Zone, cron line, policy; looks at the clock, "|" being a start of the gateway; local ticks fired.
CASES = {
    "on time": ("UTC 0_1_*_*_* latest", "00:59:40 01:00:00 01:00:30", "01:00"),
    "a minute late is on time": ("UTC 0_1_*_*_* none", "00:59:40 01:00:59", "01:00"),
    "asleep over it": ("UTC 0_1_*_*_* latest", "00:59:40 07:00:00", "01:00"),
    "asleep, no catching up": ("UTC 0_1_*_*_* none", "00:59:40 07:00:00", ""),
    "of many missed the newest": ("UTC 0_*_*_*_* latest", "00:59:40 07:10:00", "07:00"),
    "set forward 6 h": ("UTC 0_1_*_*_* latest", "00:30:00 06:30:00 06:30:30", "01:00"),
    "set back 1 h, once more over it": (
        "UTC 0_1_*_*_* latest", "00:59:50 01:00:10 00:00:10 00:59:59 01:00:20", "01:00",
    ),
    "down over it": ("UTC 0_1_*_*_* latest", "00:30:00 | 03:00:00 03:00:30", "01:00"),
    "down over it, no catching up": ("UTC 0_1_*_*_* none", "00:30:00 | 03:00:00", ""),
    "started at the very moment": ("UTC 0_1_*_*_* none", "00:30:00 | 01:00:00 01:00:30", ""),
    "restarted just after it": ("UTC 0_1_*_*_* latest", "01:00:00 | 01:00:05 01:00:30", "01:00"),
}  # fmt: skip


def run(case: str, looks: str, day: str, known: set[str]) -> list[str]:
    """Run the checks; a tick whose sync is known starts no second one."""
    zone, cron, policy = case.split()
    schedule = Schedule(cron.replace("_", " "), zone)
    misfire: Misfire = "latest" if policy == "latest" else "none"
    seen: int | None = milliseconds_of(f"{day}T00:00:00Z")
    fired = []
    for look in looks.split():
        if look == "|":
            seen = None
            continue
        now = milliseconds_of(f"{day}T{look}Z")
        due = due_tick(schedule, seen, now)
        seen = now
        if due is not None and fires(due, misfire, lambda: True):
            name = schedule.sync_id(Resource.STUDENTS, due.tick)
            if name not in known:
                known.add(name)
                fired.append(schedule.local_minute(due.tick)[-5:])
    return fired


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_ticks_fire_as_the_schedule_and_the_checks_say(case: tuple[str, str, str]) -> None:
    line, looks, expected = case

    assert run(line, looks, "2026-11-24", set()) == expected.split()


@pytest.mark.parametrize(
    ("day", "cron", "expected"),
    [
        ("2026-03-29", "30_2_*_*_*", ["03:00"]),  # 02:30 does not exist
        ("2026-03-29", "0_3_*_*_*", ["03:00"]),
        ("2026-10-25", "30_2_*_*_*", ["02:30"]),  # 02:30 comes twice
        ("2026-10-25", "0_2_*_*_*", ["02:00"]),
        ("2026-10-25", "0_3_*_*_*", ["03:00"]),
    ],
)
def test_a_check_every_minute_of_a_night_fires_once(
    day: str, cron: str, expected: list[str]
) -> None:
    looks = " ".join(f"{minute // 60:02}:{minute % 60:02}:10" for minute in range(6 * 60))

    assert run(f"Europe/Prague {cron} latest", looks, day, set()) == expected

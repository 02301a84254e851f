"""Which tick is due now, and whether a missed one still fires. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from services.gateway.scheduling.cron import Schedule

Misfire = Literal["none", "latest"]


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """The schedule, None if there is none, and what happens to missed ticks."""

    schedule: Schedule | None
    misfire: Misfire


_LATE_MS = 60_000
_CATCH_UP_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Due:
    """A tick; ``late_ms`` is its age, ``awaited`` whether this process was running at the time."""

    tick: int
    late_ms: int
    awaited: bool


def due_tick(schedule: Schedule, seen: int | None, now: int) -> Due | None:
    """Return the newest tick after ``seen``, the time of the last check (None before the first)."""
    tick = schedule.newest_until(now)
    if seen is not None and tick <= seen:
        return None
    return Due(tick, now - tick, awaited=seen is not None)


def fires(due: Due, misfire: Misfire, has_earlier_tick: Callable[[], bool]) -> bool:
    """Return whether a tick fires: if on time, or as the one catch-up, never on a first start."""
    if due.awaited and due.late_ms <= _LATE_MS:
        return True
    return (
        misfire == "latest" and due.late_ms <= _CATCH_UP_MS and (due.awaited or has_earlier_tick())
    )

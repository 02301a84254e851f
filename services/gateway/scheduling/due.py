"""Which tick is due now, and whether a missed one is caught up on. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from services.gateway.scheduling.cron import Schedule

Misfire = Literal["none", "latest"]

_LATE_MS = 60_000
_CATCH_UP_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Due:
    """A tick; ``late_ms`` is how long ago it was, ``awaited`` whether this process was there."""

    tick: int
    late_ms: int
    awaited: bool


def due_tick(schedule: Schedule, seen: int | None, now: int) -> Due | None:
    """Give the newest tick after ``seen``: the last look at the clock, None before the first."""
    tick = schedule.newest_until(now)
    if seen is not None and tick <= seen:
        return None
    return Due(tick, now - tick, awaited=seen is not None)


def fires(due: Due, misfire: Misfire, known_before: Callable[[], bool]) -> bool:
    """Decide: on time, yes; missed, only the newest, once, and never on a first start."""
    if due.awaited and due.late_ms <= _LATE_MS:
        return True
    return misfire == "latest" and due.late_ms <= _CATCH_UP_MS and (due.awaited or known_before())

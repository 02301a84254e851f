"""Ticks of a five-field cron expression in a time zone. Pure: ``now`` is an argument.

A tick is identified by its local minute. In a DST fold, where croniter yields a daily tick twice,
both have the same identity. In a DST gap the tick is at the first minute after the gap.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import scheduled_sync_id
from libs.common.contracts.times import moment

# croniter also accepts seconds, years, "@daily" and random fields, which differ at every start.
_FIELD = re.compile(r"(?:[\d*/,#?-]|[a-z]{3}|l)+", re.IGNORECASE)
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """A valid cron expression; times are unix milliseconds."""

    cron: str
    zone: str

    def next_after(self, now: int) -> int:
        return _milliseconds(self._from(now).get_next(datetime))

    def newest_until(self, now: int) -> int:
        """Return the newest tick that is not later than ``now``."""
        # croniter excludes its start, and a tick at exactly ``now`` counts.
        return _milliseconds(self._from(now + 1).get_prev(datetime))

    def upcoming(self, now: int, count: int) -> list[int]:
        """Return the next ticks, each local minute once."""
        ticks: dict[str, int] = {}
        while len(ticks) < count:
            now = self.next_after(now)
            ticks.setdefault(self.local_minute(now), now)
        return list(ticks.values())

    def back_from(self, now: int) -> Iterator[int]:
        """Yield the ticks up to ``now``, newest first, without end."""
        ticks = self._from(now + 1)
        while True:
            yield _milliseconds(ticks.get_prev(datetime))

    def local(self, tick: int) -> datetime:
        return moment(tick).astimezone(ZoneInfo(self.zone))

    def local_minute(self, tick: int) -> str:
        return f"{self.local(tick):%Y-%m-%dT%H:%M}"

    def sync_id(self, resource: Resource, tick: int) -> str:
        """Return the sync id of a tick: the same in every gateway."""
        return scheduled_sync_id(resource, self.cron, self.zone, self.local_minute(tick))

    def _from(self, now: int) -> croniter:
        return croniter(self.cron, self.local(now))


def checked_cron(cron: str) -> str:
    """Return the expression with single spaces; empty means no schedule.

    Raises:
        ValueError: not five fields, out of range, or a date that never comes.
    """
    fields = cron.split()
    expression = " ".join(fields)
    if not fields:
        return ""
    if len(fields) != _FIELDS or not all(_FIELD.fullmatch(field) for field in fields):
        raise ValueError("must be five fields (minute hour day month weekday), or empty")
    try:
        croniter(expression, moment(0)).get_next(datetime)
    except CroniterError as error:
        raise ValueError(f"never matches a time: {error}") from error
    return expression


def checked_zone(zone: str) -> str:
    """Return the zone; raises ValueError if it is unknown."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be an IANA time zone, such as UTC or Asia/Tashkent") from error
    return zone


def _milliseconds(tick: datetime) -> int:
    return round(tick.timestamp() * 1000)

"""Ticks of a five-field cron line in a time zone. Pure: ``now`` is an argument.

A tick is named by its local minute: a DST fold, where croniter gives a daily tick twice, has one
name for both, and in a gap the tick comes at the first minute after it.
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

# croniter also takes seconds, years, "@daily" and random fields, which are never the same twice.
_FIELD = re.compile(r"(?:[\d*/,#?-]|[a-z]{3}|l)+", re.IGNORECASE)
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """A checked cron line; times are unix milliseconds."""

    cron: str
    zone: str

    def next_after(self, now: int) -> int:
        return _milliseconds(self._from(now).get_next(datetime))

    def newest_until(self, now: int) -> int:
        """Give the newest tick that is not later than ``now``."""
        # croniter goes strictly back, and a tick at this very moment counts.
        return _milliseconds(self._from(now + 1).get_prev(datetime))

    def upcoming(self, now: int, count: int) -> list[int]:
        """Give the next ticks, each local minute once."""
        ticks: dict[str, int] = {}
        while len(ticks) < count:
            now = self.next_after(now)
            ticks.setdefault(self.local_minute(now), now)
        return list(ticks.values())

    def back_from(self, now: int) -> Iterator[int]:
        """Give the ticks up to ``now``, newest first, for ever."""
        ticks = self._from(now + 1)
        while True:
            yield _milliseconds(ticks.get_prev(datetime))

    def local(self, tick: int) -> datetime:
        return moment(tick).astimezone(ZoneInfo(self.zone))

    def local_minute(self, tick: int) -> str:
        return f"{self.local(tick):%Y-%m-%dT%H:%M}"

    def sync_id(self, resource: Resource, tick: int) -> str:
        """Name the sync of a tick: the same in every gateway."""
        return scheduled_sync_id(resource, self.cron, self.zone, self.local_minute(tick))

    def _from(self, now: int) -> croniter:
        return croniter(self.cron, self.local(now))


def checked_cron(cron: str) -> str:
    """Give the line with single spaces; empty is no schedule.

    Raises:
        ValueError: not five fields, out of range, or a date that never comes.
    """
    fields = cron.split()
    line = " ".join(fields)
    if not fields:
        return ""
    if len(fields) != _FIELDS or not all(_FIELD.fullmatch(field) for field in fields):
        raise ValueError("must be five fields (minute hour day month weekday), or empty")
    try:
        croniter(line, moment(0)).get_next(datetime)
    except CroniterError as error:
        raise ValueError(f"is no time that ever comes: {error}") from error
    return line


def checked_zone(zone: str) -> str:
    """Raises ValueError where the zone is unknown."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be an IANA time zone, such as UTC or Asia/Tashkent") from error
    return zone


def _milliseconds(tick: datetime) -> int:
    return round(tick.timestamp() * 1000)

"""Describes a cron expression in English. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product

from croniter import croniter

_MOST_TIMES = 6
_ALL = ["*"]
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ORDINALS: dict[int | str, str] = {
    1: "first",
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    "l": "last",
}

Field = Sequence[int | str]


def description_of(cron: str) -> str:
    """Describe a valid expression: ``0 1 * * *`` is "every day at 01:00"."""
    (minutes, hours, days, months, weekdays), nth = croniter.expand(cron)
    dates = _dates(days, [_weekday(day, nth) for day in weekdays])
    words = dates if months == _ALL else [*dates, f"in {_joined(map(_month, months))}"]
    if not words and _ALL in (minutes, hours):
        return _clock(minutes, hours)
    return " ".join([*(words or ["every day"]), _clock(minutes, hours)])


def _dates(days: Field, weekdays: list[str]) -> list[str]:
    on_days = "" if days == _ALL else f"on {_joined(map(_day, days))} of the month"
    on_weekdays = "" if weekdays == _ALL else f"on {_joined(weekdays)}"
    # Cron semantics: if both are given, either one matches.
    both = " or ".join(filter(None, (on_days, on_weekdays)))
    return [both] if both else []


def _day(day: int | str) -> str:
    return "the last day" if day == "l" else f"day {day}"


def _weekday(day: int | str, nth: Mapping[int, Collection[int | str]]) -> str:
    if not isinstance(day, int):
        return day
    ordinals = sorted(nth.get(day, ()), key=str)
    return " and ".join(
        [f"the {_ORDINALS[ordinal]} {_DAYS[day]}" for ordinal in ordinals] or [_DAYS[day]]
    )


def _month(month: int | str) -> str:
    return _MONTHS[int(month) - 1]


def _clock(minutes: Field, hours: Field) -> str:
    if minutes == _ALL:
        return "every minute" + ("" if hours == _ALL else f" of {_named('hour', hours)}")
    if hours == _ALL:
        return _every(minutes) or f"at {_named('minute', minutes)} of every hour"
    if len(minutes) * len(hours) > _MOST_TIMES:
        return f"at {_named('minute', minutes)} of {_named('hour', hours)}"
    return "at " + _joined(f"{hour:0>2}:{minute:0>2}" for hour, minute in product(hours, minutes))


def _every(minutes: Field) -> str:
    step = 60 // len(minutes)
    evenly = len(minutes) > 1 and minutes == list(range(0, 60, step))
    return f"every {step} minutes" if evenly else ""


def _named(unit: str, numbers: Field) -> str:
    return f"{unit}{'s' if len(numbers) > 1 else ''} {_joined(map(str, numbers))}"


def _joined(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last

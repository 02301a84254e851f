"""Dates as HEMIS sends them: midnight of the day, in unix seconds."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from libs.simulator.behaviour import Midnight
from libs.simulator.invented.dice import Dice

TASHKENT = ZoneInfo("Asia/Tashkent")


def midnight(day: date, whose: Midnight) -> int:
    zone = TASHKENT if whose is Midnight.LOCAL else UTC
    return int(datetime.combine(day, time(), zone).timestamp())


def habit(dice: Dice, server: Midnight) -> Midnight:
    """The server's midnight; one item in 100 was typed in on a server of the other kind."""
    return Midnight.UTC if dice.one_in(100) else server


def day_in(dice: Dice, year: int) -> date:
    return date.fromordinal(date(year, 1, 1).toordinal() + dice.number(365))

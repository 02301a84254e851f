"""Converts a JSON value to a column's value; a value that does not fit is refused, never cut."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.records import MAX_ID, is_empty_value
from libs.common.contracts.times import EPOCH
from services.loader.errors import ValueRefused
from services.loader.mapping.copy_format import MAX_DIGITS_AFTER_POINT
from services.loader.mapping.exact_json import Json

Reader = Callable[[Json], Any]

_FIRST_SECOND = -62_135_596_800
_LAST_SECOND = 253_402_300_799
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}
_MAX_INTEGER = 2**31 - 1
# Far beyond any grade or credit; 1e999999 would become a megabyte of digits.
_MAX_EXPONENT = 100


def text(value: Json) -> str | None:
    """Read text, which may be empty; some versions send codes and ids as numbers."""
    if type(value) is str:
        return value
    if is_empty_value(value):
        return None
    if type(value) in {int, Decimal}:
        return str(value)
    raise ValueRefused(RejectCode.WRONG_TYPE, "expected text")


def id_number(value: Json) -> str | None:
    """Read a person's number; empty text and zero mean that there is none yet."""
    number = text(value)
    return None if number in {"", "0"} else number


def bigint(value: Json) -> int | None:
    return _whole(value, MAX_ID)


def integer(value: Json) -> int | None:
    return _whole(value, _MAX_INTEGER)


def _whole(value: Json, largest: int) -> int | None:
    if type(value) in {str, Decimal}:
        number = numeric(value)
        value = (
            int(number) if number is not None and number == number.to_integral_value() else number
        )
    if is_empty_value(value):
        return None
    if type(value) is not int:
        raise ValueRefused(RejectCode.WRONG_TYPE, "expected a whole number")
    if not -largest - 1 <= value <= largest:
        raise ValueRefused(RejectCode.OUT_OF_RANGE, f"expected at most {largest}")
    return value


def numeric(value: Json) -> Decimal | None:
    """Read a number, also one sent as text."""
    if is_empty_value(value):
        return None
    # Python accepts 20_24 as a number.
    if type(value) not in {str, int, Decimal} or "_" in str(value):
        raise ValueRefused(RejectCode.WRONG_TYPE, "expected a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueRefused(RejectCode.WRONG_TYPE, "expected a number") from None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueRefused(RejectCode.OUT_OF_RANGE, "expected a number of at most 100 digits")
    if -int(number.as_tuple().exponent) > MAX_DIGITS_AFTER_POINT:
        raise ValueRefused(RejectCode.OUT_OF_RANGE, "expected fewer digits after the point")
    return number


def boolean(value: Json) -> bool | None:
    """Read true or false, also sent as 1 or 0, or as text."""
    if type(value) is bool:
        return value
    if is_empty_value(value):
        return None
    if type(value) in {int, str} and str(value) in _BOOLEANS:
        return _BOOLEANS[str(value)]
    raise ValueRefused(RejectCode.WRONG_TYPE, "expected true or false")


def moment(value: Json) -> datetime | None:
    """Read unix seconds; 0 means unknown."""
    seconds = value if type(value) is int else bigint(value)
    if not seconds:
        return None
    require_moment(seconds)
    return EPOCH + timedelta(seconds=seconds)


def require_moment(seconds: int) -> None:
    """Refuse unix seconds outside the years 1 to 9999."""
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise ValueRefused(RejectCode.OUT_OF_RANGE, "expected a time within the years 1 to 9999")


def date_in(zone: tzinfo) -> Reader:
    """Return a reader of dates, sent as unix seconds of midnight.

    HEMIS sends local midnight, some servers UTC midnight; both are the same day in this zone.
    """

    def read(value: Json) -> date | None:
        at = moment(value)
        try:
            return None if at is None else at.astimezone(zone).date()
        except OverflowError:
            raise ValueRefused(
                RejectCode.OUT_OF_RANGE, "expected a date up to the year 9999"
            ) from None

    return read


def listing(value: Json) -> Json:
    """Read a list; PHP sends a list with gaps as an object with numeric keys."""
    if type(value) is list:
        return value
    if is_empty_value(value):
        return None
    if type(value) is dict and all(map(str.isdecimal, value)):
        return list(value.values())
    raise ValueRefused(RejectCode.WRONG_TYPE, "expected a list")

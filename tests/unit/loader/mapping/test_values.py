"""A JSON value becomes a column's value."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.loader.errors import ValueRefused
from services.loader.mapping import values

TASHKENT = ZoneInfo("Asia/Tashkent")


@pytest.mark.parametrize(
    ("read", "sent", "kept"),
    [
        (values.text, "", ""),
        (values.text, "101-24", "101-24"),
        (values.text, 301, "301"),
        (values.text, None, None),
        (values.id_number, "326251200658", "326251200658"),
        (values.id_number, "", None),
        (values.id_number, "0", None),
        (values.id_number, 0, None),
        (values.bigint, 2**63 - 1, 2**63 - 1),
        (values.bigint, "120001", 120001),
        (values.bigint, Decimal("7.0"), 7),
        (values.integer, -(2**31), -(2**31)),
        (values.integer, "", None),
        (values.numeric, Decimal("3.52"), Decimal("3.52")),
        (values.numeric, 60, Decimal(60)),
        (values.numeric, "88.1", Decimal("88.1")),
        (values.boolean, True, True),
        (values.boolean, 0, False),
        (values.boolean, None, None),
        (values.moment, 1725000000, datetime(2024, 8, 30, 6, 40, tzinfo=UTC)),
        (values.moment, -1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (values.listing, [{"id": 301}], [{"id": 301}]),
        (values.listing, {"1": {"id": 301}, "7": 5}, [{"id": 301}, 5]),
    ],
)
def test_a_value_is_kept_as_sent(read: values.Reader, sent: Any, kept: Any) -> None:
    assert read(sent) == kept


@pytest.mark.parametrize(
    ("read", "sent", "code"),
    [
        (values.text, True, "wrong_type"),
        (values.text, {"code": "11"}, "wrong_type"),
        (values.bigint, "12a", "wrong_type"),
        (values.bigint, True, "wrong_type"),
        (values.bigint, Decimal("7.5"), "wrong_type"),
        (values.bigint, 2**63, "out_of_range"),
        (values.bigint, "1e999999999", "out_of_range"),
        # More digits than the decimal context has: a remainder cannot be had of these.
        (values.bigint, Decimal("1e50"), "out_of_range"),
        (values.bigint, "123456789012345678901234567890.5", "wrong_type"),
        (values.integer, 2**31, "out_of_range"),
        (values.numeric, "much", "wrong_type"),
        (values.numeric, "NaN", "out_of_range"),
        (values.numeric, Decimal("1e999"), "out_of_range"),
        (values.boolean, "yes", "wrong_type"),
        (values.moment, 10**15, "out_of_range"),
        (values.moment, [1], "wrong_type"),
        (values.date_in(TASHKENT), [1], "wrong_type"),
        (values.listing, {"id": 301}, "wrong_type"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_code(
    read: values.Reader, sent: Any, code: str
) -> None:
    with pytest.raises(ValueRefused) as refused:
        read(sent)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("seconds", "day"),
    [
        (1104519600, date(2005, 1, 1)),  # local midnight
        (1104537600, date(2005, 1, 1)),  # UTC midnight
        (-220942800, date(1963, 1, 1)),  # local midnight, when Tashkent was at UTC+6
        (-220924800, date(1963, 1, 1)),
    ],
)
def test_local_and_utc_midnight_are_the_same_day_in_tashkent(seconds: int, day: date) -> None:
    assert values.date_in(TASHKENT)(seconds) == day


@pytest.mark.parametrize("zero", [0, "0", "0.0", Decimal("0.0")])
@pytest.mark.parametrize("read", [values.moment, values.date_in(TASHKENT)])
def test_a_time_of_zero_is_unknown(read: values.Reader, zero: Any) -> None:
    assert read(zero) is None

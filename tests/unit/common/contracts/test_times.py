"""Unix milliseconds and RFC 3339, there and back."""

from datetime import UTC, datetime

import pytest

from libs.common.contracts.times import milliseconds, milliseconds_of, rfc3339

STAMP = 1_795_395_625_123


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    assert rfc3339(STAMP) == "2026-11-23T01:00:25.123Z"
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"


def test_a_time_with_another_zone_is_the_same_moment() -> None:
    assert milliseconds_of("2026-11-23T06:00:25.123+05:00") == STAMP


def test_parts_of_a_millisecond_are_cut_off() -> None:
    assert milliseconds(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23T25:00:00Z", "2026-11-23T01:00:25"])
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        milliseconds_of(text)

"""Addresses, Retry-After and backoff, each in one table."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.fetcher.hemis.endpoint import base_address
from services.fetcher.hemis.errors import (
    HemisError,
    HemisRateLimited,
    HemisRejected,
    HemisUnavailable,
)
from services.fetcher.hemis.retry import RetryPolicy
from services.fetcher.hemis.retry_after import retry_after_seconds, sent_at
from tests.scenarios.fetcher.virtual_time import VirtualClock

NOW = datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC)
URL = "https://student.example.uz/rest/v1/data/student-list"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("12", 12.0),
        ("0.5", 0.5),
        ("-5", 0.0),
        ("86400", 86400.0),
        ("Mon, 23 Nov 2026 01:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 00:00:00 GMT", 0.0),
        ("Mon, 99 Nov 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}

    assert retry_after_seconds(headers, NOW) == seconds


def test_a_retry_after_date_counts_by_hemis_s_own_clock() -> None:
    headers = {
        "Date": "Mon, 23 Nov 2026 03:00:00 GMT",
        "Retry-After": "Mon, 23 Nov 2026 03:00:12 GMT",
    }

    assert retry_after_seconds(headers, NOW) == 12.0


@pytest.mark.parametrize("headers", [{}, {"Date": ""}, {"Date": "now"}])
def test_hemis_may_not_tell_its_time(headers: dict[str, str]) -> None:
    assert sent_at(headers) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://student.example.uz",
        "https://student.example.uz/",
        "https://student.example.uz/rest",
        "https://student.example.uz/rest/",
        "https://student.example.uz/rest/v1",
        "https://student.example.uz/rest/v1/",
        " https://student.example.uz/rest/v1/ ",
    ],
)
def test_an_address_may_be_written_with_or_without_rest(text: str) -> None:
    assert base_address(text) == "https://student.example.uz"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:8800", "http://127.0.0.1:8800"),
        ("https://example.uz/hemis/rest/v1", "https://example.uz/hemis"),
        ("http://[::1]:8800/rest", "http://[::1]:8800"),
    ],
)
def test_port_and_path_stay(text: str, address: str) -> None:
    assert base_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "student.example.uz",
        "ftp://student.example.uz",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@student.example.uz",
        "https://student.example.uz?token=secret",
        "https://student.example.uz#secret",
        "https://student.example.uz:secret",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="allowed: http") as caught:
        base_address(text)

    assert "secret" not in str(caught.value)


class Tries:
    """Fails so many times, then succeeds; notes when it was called."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.times: list[float] = []
        self.waits: list[float] = []

    async def once(self) -> str:
        self.times.append(VirtualClock().monotonic())
        if self._errors:
            raise self._errors.pop(0)
        return "page"

    async def before_retry(self, error: HemisError, seconds: float) -> None:
        self.waits.append(seconds)


async def test_retries_wait_about_one_two_and_four_seconds() -> None:
    tries = Tries(*[HemisUnavailable("away")] * 3)

    assert await RetryPolicy(3, 1.0, 300.0).run(tries.once, tries.before_retry) == "page"

    assert len(tries.times) == 4
    for wait, about in zip(tries.waits, (1, 2, 4), strict=True):
        assert about <= wait <= about + 0.25


async def test_three_retries_are_three_more_requests() -> None:
    tries = Tries(*[HemisUnavailable("away")] * 9)

    with pytest.raises(HemisUnavailable):
        await RetryPolicy(3, 1.0, 300.0).run(tries.once, tries.before_retry)

    assert len(tries.times) == 4


async def test_no_retries_means_one_try() -> None:
    tries = Tries(HemisUnavailable("away"))

    with pytest.raises(HemisUnavailable):
        await RetryPolicy(0, 1.0, 300.0).run(tries.once, tries.before_retry)

    assert len(tries.times) == 1


@pytest.mark.parametrize("error", [HemisRejected(400, URL), ValueError("ours")])
async def test_a_permanent_error_is_not_retried(error: Exception) -> None:
    tries = Tries(error)

    with pytest.raises(type(error)):
        await RetryPolicy(3, 1.0, 300.0).run(tries.once, tries.before_retry)

    assert len(tries.times) == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(30.0, 30, 30), (9000.0, 300, 300), (0.0, 1, 1.25), (None, 1, 1.25)],
)
@pytest.mark.parametrize(
    "error", [lambda asked: HemisRateLimited(URL, asked), lambda asked: HemisUnavailable("", asked)]
)
async def test_a_wait_is_never_shorter_than_hemis_asks(
    error: Callable[[float | None], HemisError], asked: float | None, least: float, most: float
) -> None:
    tries = Tries(error(asked))

    await RetryPolicy(3, 1.0, 300.0).run(tries.once, tries.before_retry)

    assert least <= tries.waits[0] <= most

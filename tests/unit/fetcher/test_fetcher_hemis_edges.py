"""Statuses, network errors, addresses, Retry-After and backoff, each in one table."""

import ssl
from datetime import UTC, datetime
from unittest.mock import sentinel

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from libs.common.errors import PermanentError, TransientError
from services.fetcher.hemis.address import base_address
from services.fetcher.hemis.client import unanswered
from services.fetcher.hemis.errors import (
    HemisError,
    HemisMalformed,
    HemisRateLimited,
    HemisRejected,
    HemisUnavailable,
    HemisUntrusted,
    error_for,
)
from services.fetcher.hemis.retry_after import retry_after_seconds
from services.fetcher.hemis.retrying import RetryPolicy
from tests.unit.fetcher.virtual_time import VirtualClock

URL = "https://student.example.uz/rest/v1/data/student-list"
ENDS_THE_SYNC = {401, 403, 404}


def expected(status: int) -> type[HemisError]:
    if status == 429:
        return HemisRateLimited
    if status >= 500 or status in {408, 425}:
        return HemisUnavailable
    return HemisMalformed if status < 300 else HemisRejected


@pytest.mark.parametrize("status", [*range(100, 200), *range(201, 600)])
def test_every_status_has_its_branch(status: int) -> None:
    error = error_for(status, URL, None)

    assert type(error) is expected(status)
    assert isinstance(error, TransientError) is not isinstance(error, PermanentError)
    assert error.ends_the_sync is (status in ENDS_THE_SYNC)
    assert str(status) in str(error)


def test_wrong_credentials_have_a_code_of_their_own() -> None:
    codes = {status: error_for(status, URL, None).code for status in (401, 403, 404, 422)}

    assert codes == {401: "auth", 403: "auth", 404: "rejected", 422: "rejected"}


KEY = ConnectionKey("secret-host", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None,
                    proxy_headers_hash=None)  # fmt: skip
CERTIFICATE = aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("expired"))


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.ClientConnectionResetError("reset"),
        aiohttp.ClientPayloadError("secret"),
        aiohttp.ServerTimeoutError("secret"),
        aiohttp.SocketTimeoutError("secret"),
        aiohttp.ConnectionTimeoutError("secret"),
        aiohttp.ClientConnectorDNSError(KEY, OSError(1, "secret")),
        aiohttp.ClientConnectorError(KEY, OSError(1, "secret")),
        aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "secret")),
        aiohttp.ClientResponseError(sentinel.request, (), status=400, message="secret"),
        aiohttp.TooManyRedirects(sentinel.request, ()),
        aiohttp.InvalidURL("http://secret"),
        TimeoutError("secret"),
        OSError(5, "secret"),
    ],
)
def test_every_error_of_the_network_is_an_outage(error: Exception) -> None:
    outage = unanswered(error, URL)

    assert type(outage) is HemisUnavailable
    assert str(outage) == f"{type(error).__name__} from {URL}"


def test_a_certificate_that_is_not_trusted_is_no_outage() -> None:
    assert type(unanswered(CERTIFICATE, URL)) is HemisUntrusted


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
    now = datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC)

    assert retry_after_seconds(header, now) == seconds


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
async def test_what_will_never_succeed_is_not_tried_again(error: Exception) -> None:
    tries = Tries(error)

    with pytest.raises(type(error)):
        await RetryPolicy(3, 1.0, 300.0).run(tries.once, tries.before_retry)

    assert len(tries.times) == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"), [(30.0, 30, 30), (9000.0, 300, 300), (0.0, 0, 0), (None, 1, 1.25)]
)
async def test_a_wait_is_as_long_as_hemis_asks(
    asked: float | None, least: float, most: float
) -> None:
    tries = Tries(HemisRateLimited(URL, asked))

    await RetryPolicy(3, 1.0, 300.0).run(tries.once, tries.before_retry)

    assert least <= tries.waits[0] <= most

"""Every status and every error of aiohttp, each with its branch, in tables."""

import ssl
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from libs.common.errors import PermanentError, TransientError
from services.fetcher.hemis.client import transport_error
from services.fetcher.hemis.errors import (
    HemisError,
    HemisMalformed,
    HemisMisaddressed,
    HemisRateLimited,
    HemisRejected,
    HemisUnavailable,
    HemisUntrusted,
    error_for,
)

URL = "https://student.example.uz/rest/v1/data/student-list"
ENDS_THE_SYNC = {401, 403, 404}


def expected(status: int) -> type[HemisError]:
    if status == 429:
        return HemisRateLimited
    if status >= 500 or status in {407, 408, 425}:
        return HemisUnavailable
    return HemisMalformed if status < 300 else HemisRejected


@pytest.mark.parametrize("hundred", range(100, 600, 100))
def test_every_status_has_its_branch(hundred: int) -> None:
    for status in {*range(hundred, hundred + 100)} - {200}:
        error = error_for(status, URL, None)

        assert type(error) is expected(status)
        assert isinstance(error, TransientError) is not isinstance(error, PermanentError)
        assert error.ends_the_sync is (status in ENDS_THE_SYNC)
        assert f"HTTP {status} from {URL}" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "auth", "check HEMIS_BEARER_TOKEN"),
        (403, "permission", "administrator must give the token the right"),
        (404, "not_found", "check HEMIS_API_URL, and whether this version"),
        (302, "rejected", "redirects are not followed, check HEMIS_API_URL"),
        (422, "rejected", ""),
    ],
)
def test_a_refusal_says_what_to_check(status: int, code: str, advice: str) -> None:
    error = error_for(status, URL, None)

    assert error.code == code
    assert advice in str(error)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_error_may_say_how_long_to_wait(status: int) -> None:
    assert error_for(status, URL, 12.0).retry_after_seconds == 12.0


def raised_by_aiohttp(kind: type[BaseException] = aiohttp.ClientError) -> Iterator[type]:
    yield kind
    for below in kind.__subclasses__():
        yield from raised_by_aiohttp(below)


BRANCHES = {
    HemisMalformed: """ClientResponseError ContentTypeError WSServerHandshakeError
        TooManyRedirects""",
    HemisMisaddressed: """InvalidURL InvalidUrlClientError InvalidUrlRedirectClientError
        NonHttpUrlClientError NonHttpUrlRedirectClientError RedirectClientError""",
    HemisUntrusted: "ClientConnectorCertificateError ServerFingerprintMismatch",
    HemisUnavailable: """ClientError ClientPayloadError UploadAbortedError ClientConnectionError
        ClientConnectionResetError ClientOSError ClientConnectorError ClientConnectorDNSError
        ClientProxyConnectionError ClientHttpProxyError UnixClientConnectorError
        ClientSSLError ClientConnectorSSLError
        ServerConnectionError ServerDisconnectedError ServerTimeoutError ConnectionTimeoutError
        SocketTimeoutError""",
}
BRANCH_OF = {name: branch for branch, names in BRANCHES.items() for name in names.split()}


def made(kind: type[BaseException]) -> Exception:
    """An error with a secret in its text, without the parts that its own maker asks for."""
    error = kind.__new__(kind, "secret")
    assert isinstance(error, Exception)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        error._certificate_error = ssl.SSLCertVerificationError(1, "secret")
    return error


@pytest.mark.parametrize("kind", dict.fromkeys(raised_by_aiohttp()), ids=lambda kind: kind.__name__)
def test_every_error_of_aiohttp_has_its_branch(kind: type[BaseException]) -> None:
    named = transport_error(made(kind), URL)

    assert type(named) is BRANCH_OF[kind.__name__]
    assert kind.__name__ in str(named)
    assert "secret" not in str(named)


@pytest.mark.parametrize("error", [TimeoutError("secret"), OSError(5, "secret")])
def test_an_error_below_aiohttp_is_an_outage(error: Exception) -> None:
    named = transport_error(error, URL)

    assert type(named) is HemisUnavailable
    assert str(named) == f"{type(error).__name__} from {URL}"


def test_a_certificate_that_is_not_trusted_is_no_outage() -> None:
    key = ConnectionKey("host", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None,
                        proxy_headers_hash=None)  # fmt: skip
    expired = ssl.SSLCertVerificationError(1, "secret")
    expired.verify_message = "certificate has expired"

    named = transport_error(aiohttp.ClientConnectorCertificateError(key, expired), URL)

    assert type(named) is HemisUntrusted
    assert named.ends_the_sync
    assert "certificate has expired" in str(named)
    assert "secret" not in str(named)

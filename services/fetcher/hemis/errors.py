"""Errors of HEMIS, by what happens next.

::

    HemisError
    ├── HemisUnavailable   (transient)  timeout, connection lost, 5xx → back off, try again
    ├── HemisRateLimited   (transient)  429; how long to wait          → wait that long, try again
    ├── HemisMalformed     (transient)  a body that is not a page      → back off, try again
    ├── HemisTokenReplaced (transient)  refused; the file holds another → try again with that one
    ├── HemisRejected      (permanent)  any other status               → PageFailed at once;
    │                                      401 (auth), 403 (permission), 404 end the sync
    ├── HemisMisaddressed  (permanent)  not the address of the settings → ends the sync
    └── HemisUntrusted     (permanent)  a certificate we do not trust  → ends the sync

No error text holds the token or parts of an answer, which may quote names and numbers.
"""

from http import HTTPStatus
from typing import NamedTuple

from libs.common.errors import HemisSyncError, PermanentError, TransientError

PROXY_LOGIN = "the proxy asks for a user and a password: check those in HTTP_PROXY or HTTPS_PROXY"
_TRANSIENT_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


class HemisError(HemisSyncError):
    """HEMIS gave no page; ``code`` is one word for machines."""

    code = "hemis"
    in_words = "HEMIS gave no answer that can be used"
    retry_after_seconds: float | None = None
    """How long HEMIS asked us to wait; None if it did not say."""
    ends_the_sync = False
    """Whether every other page would fail too."""


class HemisUnavailable(HemisError, TransientError):
    """No answer, or a server error."""

    code = "unavailable"
    in_words = "HEMIS does not answer"

    def __init__(self, text: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class HemisRateLimited(HemisError, TransientError):
    """HEMIS asked us to slow down."""

    code = "rate_limited"
    in_words = "HEMIS asked to slow down"

    def __init__(self, url: str, retry_after_seconds: float | None) -> None:
        super().__init__(f"HTTP 429 from {url}")
        self.retry_after_seconds = retry_after_seconds


class HemisMalformed(HemisError, TransientError):
    """The answer is not what the request asked for."""

    code = "malformed"


class HemisTokenReplaced(HemisError, TransientError):
    """HEMIS refused the token, but its file holds another one by now."""

    code = "auth"
    in_words = "HEMIS refused the token; its file holds a new one"

    def __init__(self, url: str) -> None:
        super().__init__(f"the token was refused by {url}; its file holds a new one")


class _Refusal(NamedTuple):
    code: str
    advice: str
    in_words: str = ""


_ENDS_THE_SYNC: dict[int, _Refusal] = {
    HTTPStatus.UNAUTHORIZED: _Refusal(
        "auth", "check HEMIS_BEARER_TOKEN", "HEMIS refuses the token: "
    ),
    HTTPStatus.FORBIDDEN: _Refusal(
        "permission", "HEMIS's administrator must give the token the right to this list"
    ),
    HTTPStatus.NOT_FOUND: _Refusal(
        "not_found", "check HEMIS_API_URL, and whether this version of HEMIS has this list"
    ),
}
_REDIRECT = _Refusal("rejected", "redirects are not followed, check HEMIS_API_URL")
_OTHER = _Refusal("rejected", "")


class HemisRejected(HemisError, PermanentError):
    """HEMIS understood the request and refused it."""

    def __init__(self, status: int, url: str) -> None:
        other = _REDIRECT if status < HTTPStatus.BAD_REQUEST else _OTHER
        refusal = _ENDS_THE_SYNC.get(status, other)
        text = f"{refusal.in_words}HTTP {status} from {url}"
        super().__init__(f"{text}: {refusal.advice}" if refusal.advice else text)
        self.status = status
        self.code = refusal.code
        self.ends_the_sync = status in _ENDS_THE_SYNC

    @property
    def is_about_the_token(self) -> bool:
        return self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class HemisMisaddressed(HemisError, PermanentError):
    """The address is not the one of the settings; nothing was sent."""

    code = "address"
    ends_the_sync = True


class HemisUntrusted(HemisError, PermanentError):
    """The server's certificate is not trusted; the token was not sent."""

    code = "tls"
    ends_the_sync = True


def error_for(status: int, url: str, retry_after_seconds: float | None) -> HemisError:
    """Return the error of a status other than 200."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return HemisRateLimited(url, retry_after_seconds)
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return HemisUnavailable(f"HTTP {status} from {url}: {PROXY_LOGIN}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT_STATUSES:
        return HemisUnavailable(f"HTTP {status} from {url}", retry_after_seconds)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return HemisMalformed(f"HTTP {status} from {url}, which is no page")
    return HemisRejected(status, url)

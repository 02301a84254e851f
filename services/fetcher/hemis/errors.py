"""HEMIS's errors, by what happens next.

::

    HemisError
    ├── HemisUnavailable (transient)  time-out, connection lost, 5xx → back off, try again
    ├── HemisRateLimited (transient)  429; how long to wait          → wait that long, try again
    ├── HemisMalformed   (transient)  a body that is not a page      → back off, try again
    ├── HemisRejected    (permanent)  any other status               → PageFailed at once;
    │                                                                   401, 403, 404 end the sync
    └── HemisUntrusted   (permanent)  a certificate we do not trust  → ends the sync

No text holds the token or anything that HEMIS sent: answers quote names and numbers.
"""

from http import HTTPStatus

from typing_extensions import override

from libs.common.errors import HemisSyncError, PermanentError, TransientError

_ENDS_THE_SYNC = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND},
)
_WORTH_ANOTHER_TRY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


class HemisError(HemisSyncError):
    """HEMIS gave no page; ``code`` is one word for machines."""

    code = "hemis"
    in_words = "HEMIS gave no answer that can be used"

    @property
    def ends_the_sync(self) -> bool:
        """True where no other page can fare better."""
        return False


class HemisUnavailable(HemisError, TransientError):
    """No answer, or the answer of a server in trouble."""

    code = "unavailable"
    in_words = "HEMIS does not answer"


class HemisRateLimited(HemisError, TransientError):
    """We were told to slow down; None where HEMIS did not say for how long."""

    code = "rate_limited"
    in_words = "HEMIS asked to slow down"

    def __init__(self, url: str, retry_after_seconds: float | None) -> None:
        super().__init__(f"HTTP 429 from {url}")
        self.retry_after_seconds = retry_after_seconds


class HemisMalformed(HemisError, TransientError):
    """Something came that is not what was asked for."""

    code = "malformed"


class HemisRejected(HemisError, PermanentError):
    """HEMIS understood and said no."""

    code = "rejected"

    def __init__(self, status: int, url: str) -> None:
        super().__init__(f"HTTP {status} from {url}")
        self.status = status
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            self.code = "auth"

    @property
    @override
    def ends_the_sync(self) -> bool:
        return self.status in _ENDS_THE_SYNC


class HemisUntrusted(HemisError, PermanentError):
    """The server did not prove who it is; the token was not sent."""

    code = "tls"

    @property
    @override
    def ends_the_sync(self) -> bool:
        return True


def error_for(status: int, url: str, retry_after_seconds: float | None) -> HemisError:
    """Name the error of a status other than 200."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return HemisRateLimited(url, retry_after_seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _WORTH_ANOTHER_TRY:
        return HemisUnavailable(f"HTTP {status} from {url}")
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return HemisMalformed(f"HTTP {status} from {url}, which is no page")
    return HemisRejected(status, url)

"""Naming the error of an answer that did not come: one table for everything aiohttp raises."""

from http import HTTPStatus

import aiohttp

from services.fetcher.hemis.errors import (
    PROXY_LOGIN,
    HemisError,
    HemisMalformed,
    HemisMisaddressed,
    HemisUnavailable,
    HemisUntrusted,
)

_NO_HTTP = aiohttp.ClientResponseError
_PROXY_SETTINGS = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
_PROXY = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)
_TOO_MUCH = {
    "Got more than": "a header of more than 8 kB (HEMIS, or a proxy before it, must shorten it)",
    "Too many headers": "more than 128 headers",
}
_NO_ADDRESS = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.RedirectClientError)


def unanswered(error: Exception, url: str) -> HemisError:
    """Name the error by its kind alone: aiohttp's own text may quote the answer."""
    text = f"{type(error).__name__} from {url}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return HemisUntrusted(f"{text}: {_why(error)}")
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return HemisUntrusted(text)
    if isinstance(error, _NO_ADDRESS):
        return HemisMisaddressed(f"{type(error).__name__}: check HEMIS_API_URL")
    if isinstance(error, _NO_HTTP) and not isinstance(error, _PROXY):
        return HemisMalformed(f"{_no_http(error)} from {url}")
    text = f"{text}: {_of_proxy(error)}" if isinstance(error, _PROXY) else text
    return HemisUnavailable(text)


def _of_proxy(error: Exception) -> str:
    if not isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy does not answer, {_PROXY_SETTINGS}"
    status = getattr(error, "status", 0)
    wants_password = status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    return PROXY_LOGIN if wants_password else f"the proxy answers {status}, {_PROXY_SETTINGS}"


def _no_http(error: Exception) -> str:
    """Say why aiohttp gave an answer up, told by how its own text begins."""
    told = getattr(error, "message", "")
    found = (said for begins, said in _TOO_MUCH.items() if str(told).startswith(begins))
    return next(found, type(error).__name__)


def _why(error: aiohttp.ClientConnectorCertificateError) -> str:
    """Say what OpenSSL found wrong, such as ``certificate has expired``."""
    reason = getattr(error.certificate_error, "verify_message", "certificate not trusted")
    return f"{reason}; a private authority is named by HEMIS_TLS_CA_FILE"

"""HEMIS over HTTP; the only module that uses aiohttp's client."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import aiohttp

from services.fetcher.hemis.bounds import MOST_BYTES
from services.fetcher.hemis.endpoint import Endpoint
from services.fetcher.hemis.errors import (
    PROXY_LOGIN,
    HemisError,
    HemisMalformed,
    HemisMisaddressed,
    HemisRejected,
    HemisTokenReplaced,
    HemisUnavailable,
    HemisUntrusted,
    error_for,
)
from services.fetcher.hemis.metrics import HemisMetrics
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.parse_page import parse_object, parse_page
from services.fetcher.hemis.ports import ListQuery, StudentCard
from services.fetcher.hemis.retry_after import retry_after_seconds, sent_at
from services.fetcher.hemis.token import Token

_PROXY_SETTINGS = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
_PROXY = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)
_TOO_LARGE = {
    "Got more than": "a header of more than 8 kB (HEMIS, or a proxy before it, must shorten it)",
    "Too many headers": "more than 128 headers",
}
_WRONG_ADDRESS = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.RedirectClientError)


def transport_error(error: Exception, url: str) -> HemisError:
    """Translate an error of aiohttp, without its text, which may quote the answer."""
    text = f"{type(error).__name__} from {url}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return HemisUntrusted(f"{text}: {_certificate_reason(error)}")
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return HemisUntrusted(text)
    if isinstance(error, _WRONG_ADDRESS):
        return HemisMisaddressed(f"{type(error).__name__}: check HEMIS_API_URL")
    if isinstance(error, aiohttp.ClientResponseError) and not isinstance(error, _PROXY):
        return HemisMalformed(f"{_invalid_http_reason(error)} from {url}")
    text = f"{text}: {_proxy_reason(error)}" if isinstance(error, _PROXY) else text
    return HemisUnavailable(text)


def _proxy_reason(error: Exception) -> str:
    if not isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy does not answer, {_PROXY_SETTINGS}"
    status = getattr(error, "status", 0)
    wants_password = status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    return PROXY_LOGIN if wants_password else f"the proxy answers {status}, {_PROXY_SETTINGS}"


def _invalid_http_reason(error: Exception) -> str:
    """Say why aiohttp rejected an answer, judging by how its own text begins."""
    message = str(getattr(error, "message", ""))
    found = (text for start, text in _TOO_LARGE.items() if message.startswith(start))
    return next(found, type(error).__name__)


def _certificate_reason(error: aiohttp.ClientConnectorCertificateError) -> str:
    """Return OpenSSL's reason, such as ``certificate has expired``."""
    reason = getattr(error.certificate_error, "verify_message", "certificate not trusted")
    return f"{reason}; a private authority is named by HEMIS_TLS_CA_FILE"


T = TypeVar("T")

# Shorter than any usual server's own limit. If the server closes a connection during a request,
# that costs a try; a new connection costs little.
_KEEPALIVE_SECONDS = 4.0
_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class HemisClient:
    """See ``Hemis``. Sends the token to one address only, that of the settings."""

    session: aiohttp.ClientSession
    address: str
    token: Token
    metrics: HemisMetrics

    async def list_page(self, query: ListQuery) -> Page:
        url = self._url(query.scope.address, query.resource.list_path)
        page = await self._request(url, query.parameters(), partial(parse_page, number=query.page))
        return replace(page, clock_ahead_seconds=self.metrics.clock_ahead_seconds or 0.0)

    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        url = self._url(address, "data/student-info")
        try:
            return await self._request(url, {"student_id": str(hemis_id)}, _card)
        except HemisRejected as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def _url(self, address: str, path: str) -> str:
        # A resumed sync keeps the address it began with, but the token is for the present one.
        if address != self.address:
            raise HemisMisaddressed("the sync began at another address than HEMIS_API_URL")
        return f"{address}/rest/v1/{path}"

    async def _request(
        self, url: str, parameters: Mapping[str, str], read: Callable[[bytes], T]
    ) -> T:
        bearer = self.token.bearer()
        with self.metrics.request():
            try:
                return read(await self._get(url, parameters, bearer))
            except HemisRejected as error:
                if error.is_about_the_token and self.token.is_replaced(bearer):
                    raise HemisTokenReplaced(url) from error
                raise

    async def _get(self, url: str, parameters: Mapping[str, str], bearer: str) -> bytes:
        try:
            async with self.session.get(
                url,
                params=parameters,
                headers={"Authorization": bearer},
                allow_redirects=False,
                middlewares=(_without_hidden_retry,),
            ) as response:
                return await self._body(response, url)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Not chained: aiohttp's text quotes the answer, and its repr our token.
            raise transport_error(error, url) from None

    async def _body(self, response: aiohttp.ClientResponse, url: str) -> bytes:
        now = datetime.now(UTC)
        sent = sent_at(response.headers)
        if sent is not None:
            self.metrics.clock_differs((sent - now).total_seconds())
        _check(response, url, now)
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            self.metrics.received(len(chunk))
            if len(body) > MOST_BYTES:
                raise HemisMalformed(f"more than {MOST_BYTES} bytes from {url}")
        return bytes(body)


def _card(body: bytes) -> StudentCard | None:
    found = parse_object(body)
    if found is None:
        return None
    number, name = found.get("student_id_number"), found.get("full_name")
    return StudentCard(str(number or ""), str(name or ""))


async def _without_hidden_retry(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp itself repeats a GET once if the connection breaks. It does not for errors of other
    # libraries, so that three retries are three more requests.
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise transport_error(error, str(request.url.with_query(None))) from None


def _check(response: aiohttp.ClientResponse, url: str, now: datetime) -> None:
    """Raise HemisError for another status than 200, or another content type than JSON."""
    if response.status != HTTPStatus.OK:
        raise error_for(response.status, url, retry_after_seconds(response.headers, now))
    kind = response.headers.get("Content-Type", "json").partition(";")[0].strip().lower()
    if not kind.endswith("json"):
        raise HemisMalformed(f"the answer of {url} is no JSON by its Content-Type")


@asynccontextmanager
async def open_client(
    endpoint: Endpoint, token: Token, timeout_seconds: float, metrics: HemisMetrics
) -> AsyncIterator[HemisClient]:
    """Keep connections to HEMIS open until the context ends.

    The timeout limits the whole request, so a slow drip of bytes does not extend it.
    """
    connector = aiohttp.TCPConnector(
        ssl=endpoint.tls, limit=_CONNECTIONS, keepalive_timeout=_KEEPALIVE_SECONDS
    )
    limits = aiohttp.ClientTimeout(total=timeout_seconds, sock_read=timeout_seconds)
    headers = {"Accept": "application/json", "User-Agent": "hemis-sync"}
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=limits,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=endpoint.proxy.url if endpoint.proxy else None,
    ) as session:
        yield HemisClient(session, endpoint.address, token, metrics)

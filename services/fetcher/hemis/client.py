"""HEMIS over HTTP: the only place that knows aiohttp's client."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

import aiohttp
from pydantic import SecretStr

from services.fetcher.hemis.errors import (
    HemisError,
    HemisMalformed,
    HemisRejected,
    HemisUnavailable,
    HemisUntrusted,
    error_for,
)
from services.fetcher.hemis.page import Page, parse_object, parse_page
from services.fetcher.hemis.ports import ListQuery, StudentCard
from services.fetcher.hemis.retry_after import retry_after_seconds
from services.fetcher.metrics import Metrics

MAX_BODY_BYTES = 64 * 1024 * 1024
# Shorter than any usual server's own limit: a connection that is closed under a request costs a
# try, and a new one after a pause costs little.
_KEEPALIVE_SECONDS = 4.0
_CONNECTIONS = 4


class HemisClient:
    """See ``Hemis``."""

    def __init__(self, session: aiohttp.ClientSession, metrics: Metrics) -> None:
        self._session = session
        self._metrics = metrics

    async def list_page(self, query: ListQuery) -> Page:
        body = await self._get(_url(query.address, query.resource.list_path), query.parameters())
        return parse_page(body, query.page)

    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        url = _url(address, "data/student-info")
        try:
            found = parse_object(await self._get(url, {"student_id": str(hemis_id)}))
        except HemisRejected as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return _card(found) if found else None

    async def _get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        try:
            async with self._session.get(
                url, params=parameters, allow_redirects=False, middlewares=(self._one_try_only,)
            ) as response:
                self._metrics.answered(str(response.status))
                return await _body(response, url)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unanswered(error, url) from error

    async def _one_try_only(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # aiohttp repeats a GET once, unseen, when the connection breaks under it. An error that
        # is not its own ends that, so that three retries are three more requests.
        try:
            return await handler(request)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            raise self._unanswered(error, str(request.url.with_query(None))) from error

    def _unanswered(self, error: Exception, url: str) -> HemisError:
        self._metrics.answered(type(error).__name__)
        return unanswered(error, url)


def unanswered(error: Exception, url: str) -> HemisError:
    """Name the error of an answer that did not come; aiohttp's own text may quote headers."""
    text = f"{type(error).__name__} from {url}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return HemisUntrusted(text)
    return HemisUnavailable(text)


async def _body(response: aiohttp.ClientResponse, url: str) -> bytes:
    if response.status != HTTPStatus.OK:
        asked = retry_after_seconds(response.headers.get("Retry-After"))
        raise error_for(response.status, url, asked)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HemisMalformed(f"more than {MAX_BODY_BYTES} bytes from {url}")
    return bytes(body)


def _url(address: str, path: str) -> str:
    return f"{address}/rest/v1/{path}"


def _card(found: Mapping[str, Any]) -> StudentCard:
    return StudentCard(str(found.get("student_id_number") or ""), str(found.get("full_name") or ""))


@asynccontextmanager
async def open_client(
    token: SecretStr, tls: SSLContext, timeout_seconds: float, metrics: Metrics
) -> AsyncIterator[HemisClient]:
    """Hold the connections to HEMIS open while the context is.

    The time-out is the whole request's and also that between two reads: a drip counts as silence.
    """
    connector = aiohttp.TCPConnector(
        ssl=tls, limit=_CONNECTIONS, keepalive_timeout=_KEEPALIVE_SECONDS
    )
    limits = aiohttp.ClientTimeout(total=timeout_seconds, sock_read=timeout_seconds)
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "Accept": "application/json",
        "User-Agent": "hemis-sync",
    }
    async with aiohttp.ClientSession(
        connector=connector, timeout=limits, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield HemisClient(session, metrics)

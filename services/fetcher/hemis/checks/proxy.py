"""Probes the proxy: does it answer, and does it open a tunnel to HEMIS?"""

import asyncio
import base64
import socket
from http import HTTPStatus
from ssl import create_default_context
from urllib.parse import unquote, urlsplit

from libs.common.contracts.heartbeats import Finding
from libs.common.process.proxies import Proxy

PROXY = "HEMIS proxy"

_TIMEOUT_SECONDS = 5.0
_NO_ANSWER = (OSError, EOFError, asyncio.LimitOverrunError, ValueError, IndexError)
_TEXTS: dict[type[Exception], str] = {
    socket.gaierror: "this host name is not known",
    ConnectionRefusedError: "nothing listens there",
    TimeoutError: "no answer",
    Exception: "its answer is not a proxy's",
}
_SETTINGS = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, then the proxy"
_PASSWORD = "check user name and password in HTTPS_PROXY"  # noqa: S105 — no password


class ProxyRefused(Exception):
    """The proxy does not answer, or opens no tunnel; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


async def open_by_proxy(proxy: Proxy, target: str) -> asyncio.StreamWriter:
    """Connect to the proxy; with a ``target`` (host:port), open a tunnel to it.

    Raises:
        ProxyRefused: the proxy does not answer, or opens no tunnel.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            status, writer = await _opened(proxy, target)
    except _NO_ANSWER as error:
        text = next(text for kind, text in _TEXTS.items() if isinstance(error, kind))
        finding = _finding("proxy_unreachable", f"{proxy.name}: {text}", _SETTINGS)
        raise ProxyRefused(finding) from None
    if status == HTTPStatus.OK:
        return writer
    writer.transport.abort()
    advice = _PASSWORD if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED else _SETTINGS
    raise ProxyRefused(_finding("proxy_refuses", f"{proxy.name}: HTTP {status}", advice))


async def _opened(proxy: Proxy, target: str) -> tuple[int, asyncio.StreamWriter]:
    """Return the status of CONNECT (RFC 9110 §9.3.6), or 200 without a target."""
    tls = create_default_context() if proxy.is_secure else None
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=tls)
    if not target:
        return HTTPStatus.OK, writer
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *_credentials(proxy)]
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split(maxsplit=2)[1]), writer
    except BaseException:
        writer.transport.abort()
        raise


def _credentials(proxy: Proxy) -> list[str]:
    parts = urlsplit(proxy.url)
    if parts.username is None:
        return []
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return [f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}"]


def _finding(code: str, detail: str, advice: str) -> Finding:
    return Finding(subject=PROXY, code=code, detail=detail, advice=advice)

"""HEMIS and the webhook by way of a proxy."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context

import pytest
import trustme
from aiohttp import web

from libs.common.clock import SystemClock
from libs.common.contracts.events import AlertRaised
from libs.common.contracts.resources import Resource
from libs.common.process.proxies import Proxy, parsed_proxy
from services.fetcher.hemis.checks.probe import probe
from services.fetcher.hemis.endpoint import Endpoint, verifying_tls
from services.fetcher.hemis.errors import HemisUnavailable
from services.gateway.alerts.webhook import Webhook, WebhookRefused, webhook_session
from tests.integration.fetcher.scripted_servers import CANARY, client_of, http_server, json_page

pytestmark = pytest.mark.integration

# Only the proxy can resolve this name.
HOST = "student.example.invalid"
CREDENTIALS = base64.b64encode(f"hemis:{CANARY}".encode()).decode()


class SmallProxy:
    """Brings every request for ``HOST`` to one port of this machine."""

    def __init__(self) -> None:
        self.port = 0
        self.target = 0
        self.asked: list[str] = []
        self.password = ""

    def address(self, user: str = f"hemis:{CANARY}@") -> Proxy:
        proxy = parsed_proxy(f"http://{user}127.0.0.1:{self.port}")
        assert proxy is not None
        return proxy

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b"\r\n")[0].decode())
        if self.password and f"Basic {self.password}".encode() not in head:
            writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        there = await asyncio.open_connection("127.0.0.1", self.target)
        if head.startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
        else:
            there[1].write(head)
        await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65_536):
            writer.write(some)
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[SmallProxy]:
    small = SmallProxy()
    server = await asyncio.start_server(small.serve, "127.0.0.1", 0)
    small.port = server.sockets[0].getsockname()[1]
    async with server:
        yield small


@pytest.fixture
def tls(tmp_path: Path) -> tuple[SSLContext, SSLContext]:
    """The certificate that HEMIS shows, and the authority that we trust."""
    authority, server = trustme.CA(), SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(server)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return server, verifying_tls(tmp_path / "authority.pem")


async def page(_: web.Request) -> web.Response:
    return json_page()


async def test_hemis_is_asked_by_the_proxy_of_the_settings(proxy: SmallProxy) -> None:
    proxy.password = CREDENTIALS
    async with (
        http_server(page) as here,
        client_of(f"http://{HOST}", proxy=proxy.address()) as client,
    ):
        proxy.target = int(here.rpartition(":")[2])

        assert (await client.page()).total == 1

    assert proxy.asked[0].startswith(f"GET http://{HOST}/rest/v1/data/student-list?")


async def test_over_tls_the_proxy_sees_nothing_but_the_name(
    proxy: SmallProxy, tls: tuple[SSLContext, SSLContext]
) -> None:
    endpoint = Endpoint(f"https://{HOST}", tls[1], proxy.address())
    async with http_server(page, tls[0]) as here:
        proxy.target = int(here.rpartition(":")[2])
        async with client_of(endpoint.address, tls=tls[1], proxy=endpoint.proxy) as client:
            assert (await client.page()).total == 1
        found = await probe(endpoint)

    assert set(proxy.asked) == {f"CONNECT {HOST}:443 HTTP/1.1"}
    assert [(one.subject, one.code) for one in found] == [
        ("HEMIS proxy", "ok"),
        ("HEMIS address", "ok"),
        ("HEMIS certificate", "ok"),
    ]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there_is_named_without_its_password(
    scheme: str, free_port: Callable[[], int]
) -> None:
    nobody = SmallProxy()
    nobody.port = free_port()
    address = f"{scheme}://{HOST}"
    async with client_of(address, proxy=nobody.address()) as client:
        error = await client.error()
    (finding,) = await probe(Endpoint(address, create_default_context(), nobody.address()))

    assert isinstance(error, HemisUnavailable)
    assert "the proxy does not answer, check HTTP_PROXY, HTTPS_PROXY and NO_PROXY" in str(error)
    assert (finding.subject, finding.code) == ("HEMIS proxy", "proxy_unreachable")
    assert finding.detail == f"127.0.0.1:{nobody.port}: nothing listens there"
    assert "HTTPS_PROXY" in finding.advice
    assert CANARY not in str(finding)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_the_password_is_named(proxy: SmallProxy, scheme: str) -> None:
    proxy.password = "another"  # noqa: S105 — a test's
    async with client_of(f"{scheme}://{HOST}", proxy=proxy.address()) as client:
        error = await client.error()

    assert isinstance(error, HemisUnavailable)
    assert (
        "the proxy asks for a user and a password: check those in HTTP_PROXY or HTTPS_PROXY"
        in str(error)
    )
    if scheme == "https":
        endpoint = Endpoint(f"https://{HOST}", create_default_context(), proxy.address())
        (finding,) = await probe(endpoint)
        assert (finding.code, finding.detail[-8:]) == ("proxy_refuses", "HTTP 407")


async def test_a_connection_to_a_proxy_that_talks_nonsense_is_closed() -> None:
    closed = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"nonsense\r\n\r\n")
        with suppress(ConnectionError):
            await reader.read()
        closed.set()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        odd = parsed_proxy(f"http://127.0.0.1:{port}")
        (finding,) = await probe(Endpoint(f"https://{HOST}", create_default_context(), odd))
        async with asyncio.timeout(5):
            await closed.wait()

    assert finding.code == "proxy_unreachable"


async def test_the_webhook_goes_by_the_proxy_and_says_when_that_is_away(
    proxy: SmallProxy, free_port: Callable[[], int]
) -> None:
    alert = AlertRaised(
        sync_id="s", resource=Resource.STUDENTS, at=1, alert="stale", detail="", alert_id="1"
    )
    async with http_server(page) as here:
        proxy.target = int(here.rpartition(":")[2])
        async with webhook_session(proxy.address()) as http:
            # The server answers GET only; what counts is who was asked.
            with pytest.raises(WebhookRefused, match="HTTP 405"):
                await Webhook(http, f"http://{HOST}/hook", None, SystemClock()).send(alert)
    proxy.port = free_port()
    async with webhook_session(proxy.address()) as http:
        with pytest.raises(WebhookRefused, match="the proxy does not answer: check HTTP_PROXY"):
            await Webhook(http, f"http://{HOST}/hook", None, SystemClock()).send(alert)

    assert proxy.asked == [f"POST http://{HOST}/hook HTTP/1.1"]

"""Servers with scripted answers, and a client for each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext, create_default_context
from traceback import format_exception

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.resources import Resource
from libs.common.process.proxies import Proxy
from services.fetcher.hemis.client import HemisClient, open_client
from services.fetcher.hemis.endpoint import Endpoint
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.metrics import HemisMetrics
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.hemis.token import Token

CANARY = "canary-5e7f"
PAGE = (
    b'{"success":true,"error":null,"data":{"items":[{"id":1}],'
    b'"pagination":{"totalCount":1,"pageSize":50,"pageCount":1,"page":3}},"code":200}'
)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class MeasuredClient:
    """A client of one address, and its metrics."""

    def __init__(self, client: HemisClient, address: str, registry: CollectorRegistry) -> None:
        self.hemis = client
        self.address = address
        self._registry = registry

    async def page(self) -> Page:
        scope = Scope(page_size=50, filters={"_student_status": "-1"}, address=self.address)
        return await self.hemis.list_page(ListQuery(Resource.STUDENTS, scope, page=3))

    async def error(self) -> HemisError:
        with pytest.raises(HemisError) as caught:
            await self.page()
        text = f"{caught.value!r} {''.join(format_exception(caught.value))}"
        assert CANARY not in text
        assert PAGE.decode() not in text
        return caught.value

    def measured(self, name: str, **labels: str) -> float:
        return self._registry.get_sample_value(f"hemis_fetcher_{name}", labels) or 0.0


@asynccontextmanager
async def client_of(
    address: str,
    token: Token | None = None,
    tls: SSLContext | None = None,
    proxy: Proxy | None = None,
) -> AsyncIterator[MeasuredClient]:
    registry = CollectorRegistry()
    token = token or Token(lambda: SecretStr(CANARY))
    tls = tls or create_default_context()
    async with open_client(
        Endpoint(address, tls, proxy), token, 1.0, HemisMetrics(registry)
    ) as client:
        yield MeasuredClient(client, address, registry)


@asynccontextmanager
async def http_server(answer: Answer, tls: SSLContext | None = None) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client_of_server(answer: Answer) -> AsyncIterator[MeasuredClient]:
    async with http_server(answer) as address, client_of(address) as client:
        yield client


@asynccontextmanager
async def client_of_socket(connection: Connection) -> AsyncIterator[MeasuredClient]:
    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, client_of(address) as client:
        yield client


def json_page(**headers: str) -> web.Response:
    return web.Response(body=PAGE, headers={"Content-Type": "application/json", **headers})

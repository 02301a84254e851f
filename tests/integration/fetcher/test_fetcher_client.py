"""The HEMIS client against real servers, the broken ones too."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import create_default_context

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from libs.common.contracts.resources import Resource
from services.fetcher.hemis.client import MAX_BODY_BYTES, HemisClient, open_client
from services.fetcher.hemis.errors import (
    HemisError,
    HemisMalformed,
    HemisRateLimited,
    HemisRejected,
    HemisUnavailable,
)
from services.fetcher.hemis.ports import ListQuery, StudentCard
from services.fetcher.metrics import Metrics

pytestmark = pytest.mark.integration

CANARY = "canary-5e7f"
PAGE = (
    b'{"success":true,"error":null,"data":{"items":[{"id":1}],'
    b'"pagination":{"totalCount":1,"pageSize":50,"pageCount":1,"page":1}},"code":200}'
)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connecting(connection: Connection) -> AsyncIterator[str]:
    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def client() -> AsyncIterator[HemisClient]:
    metrics = Metrics(CollectorRegistry())
    token = SecretStr(CANARY)
    async with open_client(token, create_default_context(), 1.0, metrics) as client:
        yield client


def page_of(address: str) -> ListQuery:
    return ListQuery(Resource.STUDENTS, address, 3, 50, {"_student_status": "-1"})


async def error_of(client: HemisClient, address: str) -> HemisError:
    with pytest.raises(HemisError) as caught:
        await client.list_page(page_of(address))
    assert CANARY not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


async def test_a_page_is_asked_for_as_hemis_wants_it(client: HemisClient) -> None:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(body=PAGE.replace(b'"page":1', b'"page":3'))

    async with serving(answer) as address:
        page = await client.list_page(page_of(address))

    assert page.items == (b'{"id":1}',)
    assert seen[0].path == "/rest/v1/data/student-list"
    assert dict(seen[0].query) == {"page": "3", "limit": "50", "_student_status": "-1"}
    assert seen[0].headers["Authorization"] == f"Bearer {CANARY}"


async def test_a_student_s_card_holds_what_the_search_needs(client: HemisClient) -> None:
    async def answer(request: web.Request) -> web.Response:
        card = {"student_id_number": 399241100001, "full_name": "NAMUNA", "subjects": []}
        known = request.query["student_id"] == "7"
        return web.json_response({"success": True, "data": card if known else None})

    async with serving(answer) as address:
        known = await client.student_card(address, 7)
        unknown = await client.student_card(address, 8)

    assert known == StudentCard("399241100001", "NAMUNA")
    assert unknown is None


@pytest.mark.parametrize("status", [200, 404])
async def test_a_student_whom_hemis_does_not_know_has_no_card(
    client: HemisClient, status: int
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"success": False, "data": None, "code": 404}, status=status)

    async with serving(answer) as address:
        assert await client.student_card(address, 7) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, HemisRejected), (404, HemisRejected), (500, HemisUnavailable), (503, HemisUnavailable)],
)
async def test_a_status_is_told_by_its_error(
    client: HemisClient, status: int, kind: type[HemisError]
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=f"Bearer {CANARY}")

    async with serving(answer) as address:
        error = await error_of(client, address)

    assert type(error) is kind
    assert str(error) == f"HTTP {status} from {address}/rest/v1/data/student-list"


async def test_a_limit_says_how_long_to_wait(client: HemisClient) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "12"})

    async with serving(answer) as address:
        error = await error_of(client, address)

    assert isinstance(error, HemisRateLimited)
    assert error.retry_after_seconds == 12.0


async def test_a_redirect_is_not_followed(client: HemisClient) -> None:
    paths: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with serving(answer) as address:
        error = await error_of(client, address)

    assert isinstance(error, HemisRejected)
    assert paths == ["/rest/v1/data/student-list"]


@pytest.mark.parametrize("requests_before", [0, 2])
async def test_a_broken_connection_is_one_request_and_no_more(
    client: HemisClient, requests_before: int
) -> None:
    requests = 0

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        while await reader.readuntil(b"\r\n\r\n"):
            requests += 1
            if requests > requests_before:
                writer.transport.abort()
                return
            body = PAGE.replace(b'"page":1', b'"page":3')
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with connecting(reset) as address:
        for _ in range(requests_before):
            await client.list_page(page_of(address))
        error = await error_of(client, address)

    assert isinstance(error, HemisUnavailable)
    assert requests == requests_before + 1


async def test_a_body_that_is_cut_is_an_outage(client: HemisClient) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + PAGE)
        writer.close()

    async with connecting(cut) as address:
        assert isinstance(await error_of(client, address), HemisUnavailable)


async def test_a_drip_ends_at_the_time_limit(client: HemisClient) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    async with serving(drip) as address, asyncio.timeout(3):
        error = await error_of(client, address)

    assert isinstance(error, HemisUnavailable)


async def test_a_server_that_says_nothing_ends_at_the_time_limit(client: HemisClient) -> None:
    async def silence(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with serving(silence) as address, asyncio.timeout(3):
        assert isinstance(await error_of(client, address), HemisUnavailable)


async def test_a_server_that_is_not_there_is_an_outage(
    client: HemisClient, free_port: Callable[[], int]
) -> None:
    address = f"http://127.0.0.1:{free_port()}"

    assert isinstance(await error_of(client, address), HemisUnavailable)


async def test_a_login_page_is_no_page(client: HemisClient) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<!DOCTYPE html>", content_type="text/html")

    async with serving(answer) as address:
        assert isinstance(await error_of(client, address), HemisMalformed)


async def test_a_small_body_that_unpacks_to_a_huge_one_is_left(client: HemisClient) -> None:
    bomb = gzip.compress(bytes(MAX_BODY_BYTES * 2), 1)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving(answer) as address:
        error = await error_of(client, address)

    assert isinstance(error, HemisMalformed)
    assert "bytes" in str(error)

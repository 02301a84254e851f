"""Answers that are none, as a real client meets them."""

import asyncio
import gzip
from collections.abc import Callable
from contextlib import suppress

import pytest
from aiohttp import web

from services.fetcher.hemis.bounds import MOST_BYTES
from services.fetcher.hemis.errors import HemisError, HemisMalformed, HemisUnavailable
from tests.integration.fetcher.scripted_servers import (
    CANARY,
    PAGE,
    client_of,
    client_of_server,
    client_of_socket,
    json_page,
)

pytestmark = pytest.mark.integration

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (OK + b"Content-Length: 5000\r\n\r\n" + PAGE, HemisUnavailable),
        (OK + b"Content-Length: many\r\n\r\n" + PAGE, HemisMalformed),
        (OK + b"Content-Length: 10\r\n\r\n" + PAGE, HemisMalformed),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + PAGE, HemisError),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!", HemisUnavailable),
        (OK + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n" + PAGE, HemisMalformed),
        (b"", HemisUnavailable),
        (b"SSH-2.0-OpenSSH_9.2\r\n", HemisMalformed),
        (b"HTTP/1.1 200", HemisError),
    ],
)
async def test_an_incomplete_answer_is_transient(answer: bytes, kind: type[HemisError]) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with client_of_socket(say) as client:
        error = await client.error()

    assert isinstance(error, kind)
    assert isinstance(error, HemisMalformed | HemisUnavailable)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (b"X-Long: " + b"x" * 9_000 + b"\r\n", "a header of more than 8 kB"),
        (b"X-Short: x\r\n" * 200, "more than 128 headers"),
    ],
)
async def test_headers_beyond_the_bounds_are_named(headers: bytes, said: str) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + headers + b"\r\n" + PAGE)
        writer.close()

    async with client_of_socket(say) as client:
        error = await client.error()

    assert said in str(error)
    assert "xxx" not in str(error)


async def test_a_slow_drip_of_bytes_ends_at_the_time_limit() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(100):
                await response.write(b" ")
                await asyncio.sleep(0.05)
        return response

    async with client_of_server(drip) as client, asyncio.timeout(10):
        assert isinstance(await client.error(), HemisUnavailable)


async def test_a_server_that_says_nothing_ends_at_the_time_limit() -> None:
    async def silence(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with client_of_server(silence) as client, asyncio.timeout(10):
        assert isinstance(await client.error(), HemisUnavailable)


async def test_a_server_that_is_not_there_is_an_outage(free_port: Callable[[], int]) -> None:
    async with client_of(f"http://127.0.0.1:{free_port()}") as client:
        assert isinstance(await client.error(), HemisUnavailable)


async def test_an_unknown_host_name_is_an_outage() -> None:
    async with client_of("http://nobody.invalid") as client:
        assert isinstance(await client.error(), HemisUnavailable)


async def test_a_login_page_is_no_page() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=f"<!DOCTYPE html>{CANARY}", content_type="text/html")

    async with client_of_server(answer) as client:
        assert isinstance(await client.error(), HemisMalformed)


@pytest.mark.parametrize(
    ("kind", "is_taken"),
    [
        ("application/json; charset=UTF-8", True),
        ("application/vnd.api+json", True),
        ("TEXT/JSON", True),
        ("text/html; charset=UTF-8", False),
        ("text/plain", False),
    ],
)
async def test_a_page_must_say_that_it_is_json(kind: str, is_taken: bool) -> None:  # noqa: FBT001 — a table
    async def answer(_: web.Request) -> web.Response:
        return json_page(**{"Content-Type": kind})

    async with client_of_server(answer) as client:
        if is_taken:
            assert (await client.page()).total == 1
        else:
            assert isinstance(await client.error(), HemisMalformed)


async def test_a_small_body_that_decompresses_to_a_huge_one_is_rejected() -> None:
    bomb = gzip.compress(bytes(MOST_BYTES * 2), 1)

    async def answer(_: web.Request) -> web.Response:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=bomb, headers=headers)

    async with client_of_server(answer) as client:
        error = await client.error()

    assert isinstance(error, HemisMalformed)
    assert "bytes" in str(error)


async def test_an_endless_body_is_not_read_to_the_end() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(bytes(4 * 1024 * 1024))
        return response

    async with client_of_server(answer) as client:
        error = await client.error()

    assert isinstance(error, HemisMalformed | HemisUnavailable)
    assert client.measured("response_bytes_total") < MOST_BYTES * 1.5

"""Right answers that go wrong on their way."""

import asyncio
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress

from aiohttp import web

from libs.simulator.faults import Fault, Kind
from libs.simulator.web.replies import JSON, json_reply

_BLOCK = bytes(1024 * 1024)
_BLOCKS, _PACKED_BLOCKS = 1024, 256
# Linger for no time: what is not sent yet is thrown away, and the other side gets a reset.
_NO_LINGER = struct.pack("ii", 1, 0)


async def send(
    request: web.Request, status: int, body: bytes, fault: Fault | None
) -> web.StreamResponse:
    """Send an answer, or what this fault leaves of it."""
    if fault is None:
        return json_reply(body, status)
    return await _SPOILERS[fault.kind](request, status, body, fault)


async def _wrong_type(_: web.Request, status: int, body: bytes, __: Fault) -> web.StreamResponse:
    return json_reply(body, status, {"Content-Type": "text/html; charset=UTF-8"})


async def _truncate(request: web.Request, status: int, body: bytes, _: Fault) -> web.StreamResponse:
    """The first half of a body that was announced whole; then the connection is closed."""
    return await _announced(request, status, len(body), body[: len(body) // 2])


async def _wrong_length(
    request: web.Request, status: int, body: bytes, _: Fault
) -> web.StreamResponse:
    """A body that is announced shorter than it is."""
    head = (
        f"HTTP/1.1 {status} OK\r\nContent-Type: {JSON}\r\nContent-Length: {len(body) // 2}\r\n\r\n"
    )
    return await _raw(request, status, head.encode() + body)


async def _reset(request: web.Request, status: int, _: bytes, __: Fault) -> web.StreamResponse:
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        request.transport.abort()
    return _gone(status)


async def _drip(request: web.Request, status: int, body: bytes, fault: Fault) -> web.StreamResponse:
    """One byte each so many seconds."""

    async def bytes_of_it() -> AsyncIterator[bytes]:
        for place in range(len(body)):
            yield body[place : place + 1]
            await asyncio.sleep(fault.seconds)

    return await _streamed(request, status, bytes_of_it(), {})


async def _huge(request: web.Request, status: int, _: bytes, __: Fault) -> web.StreamResponse:
    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(_BLOCKS):
            yield _BLOCK

    return await _streamed(request, status, blocks(), {})


async def _gzip_bomb(request: web.Request, status: int, _: bytes, __: Fault) -> web.StreamResponse:
    async def packed() -> AsyncIterator[bytes]:
        packer = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
        for _ in range(_PACKED_BLOCKS):
            # Packing is work: others get their turn in between.
            await asyncio.sleep(0)
            yield packer.compress(_BLOCK) + packer.flush(zlib.Z_SYNC_FLUSH)

    return await _streamed(request, status, packed(), {"Content-Encoding": "gzip"})


async def _streamed(
    request: web.Request, status: int, parts: AsyncIterator[bytes], headers: Mapping[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers={"Content-Type": JSON, **headers})
    await response.prepare(request)
    with suppress(ConnectionError):
        async for part in parts:
            await response.write(part)
        await response.write_eof()
    return response


async def _announced(
    request: web.Request, status: int, length: int, body: bytes
) -> web.StreamResponse:
    cut = web.StreamResponse(status=status, headers={"Content-Type": JSON})
    cut.content_length = length
    await cut.prepare(request)
    await cut.write(body)
    if request.transport is not None:
        request.transport.close()
    return cut


async def _raw(request: web.Request, status: int, answer: bytes) -> web.StreamResponse:
    """Write past aiohttp, which would not say what is not so."""
    if request.transport is not None:
        request.transport.write(answer)
        request.transport.close()
    return _gone(status)


def _gone(status: int) -> web.Response:
    return web.Response(status=status)


_SPOILERS: Mapping[
    Kind, Callable[[web.Request, int, bytes, Fault], Awaitable[web.StreamResponse]]
] = {
    "wrong_type": _wrong_type,
    "truncate": _truncate,
    "wrong_length": _wrong_length,
    "drip": _drip,
    "reset": _reset,
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
}
"""Kinds of fault that spoil the sending."""

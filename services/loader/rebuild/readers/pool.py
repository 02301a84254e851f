"""The readers as processes of their own, each on one end of a socket."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from libs.common.errors import FatalError, Unavailable
from services.loader.rebuild.readers.protocol import (
    LONGEST_LINE,
    REPORTS,
    Failed,
    Order,
    Readings,
    Report,
    hang_up,
    send,
)

_JOIN_SECONDS = 5.0


class ReaderFailed(FatalError):
    """A reader died, or could not go on."""


class ReaderHandle:
    """The rebuild's end of one reader."""

    def __init__(self, number: int, end: socket.socket) -> None:
        self._number = number
        self._end = end
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def carry_out(self, order: Order, hear: Callable[[Report], None]) -> Readings:
        """Send an order and wait until it is carried out.

        Raises:
            Unavailable: Kafka or PostgreSQL is away.
            ReaderFailed: it died, or failed for another reason.
        """
        reader, writer = await self._streams()
        try:
            await send(writer, order)
            while line := await reader.readline():
                report = REPORTS.decode(line)
                if isinstance(report, Readings):
                    return report
                if isinstance(report, Failed):
                    raise (Unavailable if report.away else ReaderFailed)(report.reason)
                hear(report)
        except ConnectionError:
            pass
        raise ReaderFailed(f"reader {self._number} died; the tables are as they were")

    async def leave(self) -> None:
        """Close our end: the reader stops whatever it does."""
        if self._writer is not None:
            await hang_up(self._writer)

    async def _streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                sock=self._end, limit=LONGEST_LINE
            )
        return self._reader, self._writer


@contextmanager
def open_readers(count: int, work: Callable[[socket.socket], None]) -> Iterator[list[ReaderHandle]]:
    """Start readers before any event loop or thread, so that they share what is imported.

    A reader whose socket is closed ends by itself: also when we are killed.
    """
    context = multiprocessing.get_context("fork")
    ends = [socket.socketpair() for _ in range(count)]
    crew = [
        context.Process(target=_run, args=(work, number, ends), daemon=True)
        for number in range(count)
    ]
    for member in crew:
        member.start()
    for _, theirs in ends:
        theirs.close()
    try:
        yield [ReaderHandle(number, ours) for number, (ours, _) in enumerate(ends, start=1)]
    finally:
        for ours, _ in ends:
            ours.close()
        _end(crew)


def _end(crew: Sequence[BaseProcess]) -> None:
    for member in crew:
        member.join(_JOIN_SECONDS)
        if member.is_alive():
            member.kill()
            member.join()


def _run(
    work: Callable[[socket.socket], None],
    number: int,
    ends: list[tuple[socket.socket, socket.socket]],
) -> None:
    # A terminal's Ctrl-C is for all of us; the rebuild decides, and closes our socket.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    for other, (ours, theirs) in enumerate(ends):
        ours.close()
        if other != number:
            theirs.close()
    work(ends[number][1])

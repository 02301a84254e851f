"""Reader processes, and the rebuild's end of the socket to each of them."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from libs.common.errors import FatalError, Unavailable
from services.loader.rebuild.readers.protocol import (
    MAX_LINE_BYTES,
    REPORTS,
    Failed,
    PartitionsRead,
    Report,
    Request,
    close_stream,
    send,
)

_JOIN_SECONDS = 5.0


class ReaderFailed(FatalError):
    """A reader died, or could not go on."""


class ReaderHandle:
    """The rebuild's end of one reader."""

    def __init__(self, number: int, connection: socket.socket) -> None:
        self._number = number
        self._connection = connection
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def execute(
        self, request: Request, on_report: Callable[[Report], None]
    ) -> PartitionsRead:
        """Send a request and wait until it is done.

        Raises:
            Unavailable: Kafka or PostgreSQL is away.
            ReaderFailed: it died, or failed for another reason.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                sock=self._connection, limit=MAX_LINE_BYTES
            )
        stream, writer = self._streams
        try:
            await send(writer, request)
            while line := await stream.readline():
                report = REPORTS.decode(line)
                if isinstance(report, PartitionsRead):
                    return report
                if isinstance(report, Failed):
                    raise (Unavailable if report.is_away else ReaderFailed)(report.reason)
                on_report(report)
        except ConnectionError:
            pass
        raise ReaderFailed(f"reader {self._number} died; the tables are unchanged")

    async def close(self) -> None:
        """Close the socket, which stops the reader."""
        if self._streams is not None:
            await close_stream(self._streams[1])


@contextmanager
def open_readers(
    count: int, run_reader: Callable[[socket.socket], None]
) -> Iterator[list[ReaderHandle]]:
    """Start readers before any event loop or thread, so that they share the imported modules.

    A reader ends by itself when its socket is closed, so also when the rebuild is killed.
    """
    context = multiprocessing.get_context("fork")
    pairs = [socket.socketpair() for _ in range(count)]
    processes = [
        context.Process(target=_run, args=(run_reader, number, pairs), daemon=True)
        for number in range(count)
    ]
    for process in processes:
        process.start()
    for _, of_reader in pairs:
        of_reader.close()
    try:
        yield [ReaderHandle(number, ours) for number, (ours, _) in enumerate(pairs, start=1)]
    finally:
        for ours, _ in pairs:
            ours.close()
        for process in processes:
            process.join(_JOIN_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()


def _run(
    run_reader: Callable[[socket.socket], None],
    number: int,
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    # Ctrl-C reaches every process of the terminal; the rebuild decides, and closes the socket.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    for other, (of_rebuild, of_reader) in enumerate(pairs):
        of_rebuild.close()
        if other != number:
            of_reader.close()
    run_reader(pairs[number][1])

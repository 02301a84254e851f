"""A way through which a test can take the network away: cut, held, forsaken, a reply lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

_CHUNK = 64 * 1024


@dataclass(eq=False)
class Link:
    """One connection, both ways."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    mute: bool = False
    said_first: bool = False
    forsaken: bool = False

    def cut(self) -> None:
        """Reset both ends."""
        for end in (self.client, self.server):
            end.transport.abort()


def through(proxy: "Proxy", database_url: str) -> SecretStr:
    """Return the same database's address by way of the proxy."""
    url = urlsplit(database_url)
    netloc = f"{url.username}:{url.password}@127.0.0.1:{proxy.port}"
    return SecretStr(url._replace(netloc=netloc).geturl())


Heard = Callable[[Link], None]


class Proxy:
    """Stands between a service and one server; new connections share the state of the way."""

    def __init__(self, port: int) -> None:
        self.target = port
        self._links: set[Link] = set()
        self._first = b""
        self._watched: tuple[bytes, Heard] | None = None
        self._open = True
        self.port = 0
        self.heard = asyncio.Event()
        """The words that were listened for have come by."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        for link in tuple(self._links):
            link.cut()

    def hold(self) -> None:
        """Let nothing through any more; connections stay open, and new ones are accepted."""
        self._open = False
        for link in self._links:
            link.flowing.clear()

    def release(self) -> None:
        """Let new connections through, and those that were only held."""
        self._open = True
        for link in self._links:
            if not link.forsaken:
                link.flowing.set()

    def forsake(self) -> None:
        """Never let the present connections through again, nor tell either end (half-open)."""
        for link in self._links:
            link.forsaken = True
            link.flowing.clear()

    def hold_after(self, words: bytes) -> None:
        """Hold the one connection on which a client says these words; they still arrive."""
        self._listen_for(words, lambda link: link.flowing.clear())

    def lose_reply_to(self, words: bytes, first: bytes = b"") -> None:
        """Deliver these words, keep the reply to them back, and cut the connection.

        Only a connection on which the client has said ``first`` by then is meant.
        """

        def keep_back(link: Link) -> None:
            link.mute = True

        self._listen_for(words, keep_back, first)

    def _listen_for(self, words: bytes, then: Heard, first: bytes = b"") -> None:
        self.heard.clear()
        self._first = first
        for link in self._links:
            link.said_first = False
        self._watched = (words, then)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        link = Link(writer, server)
        self._links.add(link)
        if self._open:
            link.flowing.set()
        # Cancelled with its proxy while it is forsaken, or cut: both are an end like any other.
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(
                self._pump(link, reader, server, self._listen),
                self._pump(link, answers, writer, self._keep_back),
            )
        self._links.discard(link)
        link.cut()

    async def _pump(
        self,
        link: Link,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        look: Callable[[Link, bytes], bytes],
    ) -> None:
        while chunk := await source.read(_CHUNK):
            await link.flowing.wait()
            sink.write(look(link, chunk))
            await sink.drain()
        link.cut()

    def _listen(self, link: Link, chunk: bytes) -> bytes:
        link.said_first = link.said_first or self._first in chunk
        if self._watched is not None and link.said_first and self._watched[0] in chunk:
            _, then = self._watched
            self._watched = None
            self.heard.set()
            then(link)
        return chunk

    def _keep_back(self, link: Link, chunk: bytes) -> bytes:
        if not link.mute:
            return chunk
        link.cut()
        return b""

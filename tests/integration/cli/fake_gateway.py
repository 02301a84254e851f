"""A gateway that says what a test tells it to, over real HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from typing_extensions import override

Asked = tuple[str, str, dict[str, str], Any]

_UNKNOWN = (404, {"code": "not_found", "detail": "There is nothing at this address."})


@dataclass
class Standin:
    """``answers`` by method and path without the query: status and body."""

    url: str
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    standin: Standin


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(content) if content else None
        standin = self.server.standin
        standin.asked.append((self.command, self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        status, answer = standin.answers.get(f"{self.command} {path}", _UNKNOWN)
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(
            answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        )

    @override
    def log_message(self, *_: object) -> None: ...


# By the names that the standard library looks for.
for method in ("GET", "POST"):
    setattr(_Handler, f"do_{method}", _Handler.answer)


@contextmanager
def standin_gateway() -> Iterator[Standin]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.standin = Standin(f"http://127.0.0.1:{server.server_port}")
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield server.standin
        finally:
            server.shutdown()
            serving.join()

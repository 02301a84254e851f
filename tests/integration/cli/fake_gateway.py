"""A gateway with scripted answers, over real HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from typing_extensions import override

_NOT_FOUND = (404, {"code": "not_found", "detail": "There is nothing at this address."})


class ReceivedRequest(NamedTuple):
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class FakeGateway:
    """``answers``: status and body, by method and path without the query."""

    url: str
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    requests: list[ReceivedRequest] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    gateway: FakeGateway


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(content) if content else None
        gateway = self.server.gateway
        gateway.requests.append(ReceivedRequest(self.path, dict(self.headers), body))
        path = self.path.partition("?")[0]
        status, answer = gateway.answers.get(f"{self.command} {path}", _NOT_FOUND)
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.wfile.write(text.encode())

    @override
    def log_message(self, *_: object) -> None: ...


# The standard library looks for these names.
for method in ("GET", "POST"):
    setattr(_Handler, f"do_{method}", _Handler.answer)


@contextmanager
def running_gateway() -> Iterator[FakeGateway]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.gateway = FakeGateway(f"http://127.0.0.1:{server.server_port}")
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield server.gateway
        finally:
            server.shutdown()
            serving.join()

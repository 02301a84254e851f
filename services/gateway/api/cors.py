"""Who may call from a browser: progress is open to every page, the rest to the named origins."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN = "/api/hemis/progress/"


class Cors:
    """ASGI middleware over two of Starlette's."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._open = CORSMiddleware(app, allow_origins=["*"], allow_methods=["GET"])
        self._named = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"],
            expose_headers=["Location", "Retry-After"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and scope["path"].startswith(_OPEN)
        await (self._open if is_open else self._named)(scope, receive, send)

"""Allows pages of the configured origins to call everything, and all pages the open paths."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PROGRESS = "/api/hemis/progress/"


class CorsMiddleware:
    """Combines two of Starlette's middlewares."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...], open_paths: tuple[str, ...]) -> None:
        self._open_paths = open_paths
        self._open = CORSMiddleware(app, allow_origins=["*"], allow_methods=["GET"])
        self._named = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"],
            expose_headers=["Location", "Retry-After"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and scope["path"].startswith(self._open_paths)
        await (self._open if is_open else self._named)(scope, receive, send)

"""Adds the security headers to every response."""

import re
from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.security.access import GUARDED

_POLICY = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self'{styles}; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_DEFAULT_POLICY = _POLICY.format(scripts="", styles="")
_DOCS = "/docs"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class SecurityHeadersMiddleware:
    """Adds the headers; a route's own ``Cache-Control`` is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_docs_policy(send) if scope["path"] == _DOCS else send

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _set_headers(MutableHeaders(scope=message), scope["path"])
            await sending(message)

        await self._app(scope, receive, send_with_headers)


def _set_headers(headers: MutableHeaders, path: str) -> None:
    headers["Content-Security-Policy"] = _DEFAULT_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if path.startswith(GUARDED):
        headers.setdefault("Cache-Control", "no-store")


def _with_docs_policy(send: Send) -> Send:
    """Wrap ``send`` for /docs: allow FastAPI's inline script, by its hash, and inline styles."""
    delayed_start: list[Message] = []

    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            delayed_start.append(message)
            return
        if delayed_start:
            start = delayed_start.pop()
            MutableHeaders(scope=start)["Content-Security-Policy"] = docs_policy(message["body"])
            await send(start)
        await send(message)

    return send_with_policy


def docs_policy(page: bytes) -> str:
    hashes = (b64encode(sha256(script).digest()) for script in _INLINE_SCRIPT.findall(page))
    scripts = "".join(f" 'sha256-{one.decode()}'" for one in hashes)
    return _POLICY.format(scripts=scripts, styles=" 'unsafe-inline'")

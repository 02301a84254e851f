"""Restores the scheme, the host and the client address that a proxy in front replaced."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class ForwardedMiddleware:
    """Applies ``X-Forwarded-*`` of ``trusted`` peers: addresses, networks, or ``*``."""

    def __init__(self, app: ASGIApp, trusted: tuple[str, ...]) -> None:
        self._client = ProxyHeadersMiddleware(app, list(trusted))  # type: ignore[arg-type]  # the same protocol under uvicorn's names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_trusted(scope):
            scope = _restored(scope)
        await self._client(scope, receive, send)  # type: ignore[arg-type]

    def _is_trusted(self, scope: Scope) -> bool:
        return bool(scope["client"]) and scope["client"][0] in self._client.trusted_hosts


def _restored(scope: Scope) -> Scope:
    headers = Headers(scope=scope)
    scheme = _first(headers, "x-forwarded-proto").lower()
    host = _first(headers, "x-forwarded-host") or headers.get("host", "")
    port = _first(headers, "x-forwarded-port")
    restored = {**scope, "headers": list(scope["headers"])}
    if scheme in {"http", "https"}:
        restored["scheme"] = scheme
        MutableHeaders(scope=restored)["x-forwarded-proto"] = scheme  # read by uvicorn's middleware
    if host:
        bare = host.rpartition("]")[2].count(":") == 0
        MutableHeaders(scope=restored)["host"] = f"{host}:{port}" if bare and port else host
    return restored


def _first(headers: Headers, name: str) -> str:
    """Return the value of the outermost of several proxies."""
    return headers.get(name, "").partition(",")[0].strip()

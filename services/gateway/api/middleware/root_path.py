"""Handles ``GATEWAY_ROOT_PATH``: the path under which a proxy shows the gateway.

Some proxies remove it, others keep it, and probes never send it. Everything between the two
middlewares here sees paths without it.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class StripRootPathMiddleware:
    """Removes the root path from the request, and adds it to ``Location``."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root_path = self._root_path
        if scope["type"] != "http" or not root_path:
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path == root_path:
            # The dashboard's links are relative to its folder.
            await RedirectResponse(f"{root_path}/")(scope, receive, send)
            return
        if path.startswith(f"{root_path}/"):
            scope = {**scope, "path": path.removeprefix(root_path)}

        async def send_with_location(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("location", "").startswith("/"):
                    headers["location"] = root_path + headers["location"]
            await send(message)

        await self._app(scope, receive, send_with_location)


class RestoreRootPathMiddleware:
    """Restores the whole path, as ASGI requires it for routes and links; the innermost one."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._root_path:
            path = self._root_path + scope["path"]
            scope = {**scope, "path": path, "root_path": self._root_path}
        await self._app(scope, receive, send)

"""Authorizes all requests under ``/api/`` before the body is read, and audits every change."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.api.middleware.audit import audited, log_refusal
from services.gateway.api.problems import refusal_response
from services.gateway.errors import AccessRefused, KeyUnknown
from services.gateway.security.access import GUARDED, READING, Access


class AuthenticationMiddleware:
    """Applies to every route under ``/api/``, so that no new route can forget it.

    Routes get the caller as ``CurrentCaller``.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        changes = request.method not in READING
        try:
            caller = self._access.admit(request)
        except AccessRefused as refusal:
            if changes or isinstance(refusal, KeyUnknown):
                log_refusal(request, refusal)
            await refusal_response(refusal)(scope, receive, send)
            return
        request.state.caller = caller
        await self._app(scope, receive, audited(request, caller, send) if changes else send)

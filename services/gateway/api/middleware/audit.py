"""Logs every request that changes something or is refused: who, what, and the response."""

import logging

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Send

from services.gateway.errors import AccessRefused
from services.gateway.security.keys import Caller

logger = logging.getLogger(__name__)

_MOST_CHARACTERS = 200


def audited(request: Request, caller: Caller, send: Send) -> Send:
    """Wrap ``send``: log the response once it begins."""

    async def send_and_log(message: Message) -> None:
        if message["type"] == "http.response.start":
            response = {"by": caller.name, "answer": message["status"]}
            location = Headers(raw=message.get("headers", [])).get("location")
            _log(logging.INFO, request, response | ({"location": location} if location else {}))
        await send(message)

    return send_and_log


def log_refusal(request: Request, refusal: AccessRefused) -> None:
    _log(logging.WARNING, request, {"refused": refusal.code})


def _log(level: int, request: Request, fields: dict[str, object]) -> None:
    address = request.client.host if request.client else None
    path = request.scope["path"][:_MOST_CHARACTERS]
    text = "HEMIS audit: %s %s"
    logger.log(level, text, request.method, path, extra=fields | {"address": address})

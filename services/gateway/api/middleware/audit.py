"""One line for every request that changes something or was not let in: who, what, what came."""

import logging

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Send

from services.gateway.errors import AccessRefused
from services.gateway.security.keys import Caller

logger = logging.getLogger(__name__)

_LONGEST_PATH = 200


def noting(request: Request, caller: Caller, send: Send) -> Send:
    """Send on, and note the answer once it begins."""

    async def send_and_note(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = {"by": caller.name, "answer": message["status"]}
            location = Headers(raw=message.get("headers", [])).get("location")
            _note(logging.INFO, request, answer | ({"location": location} if location else {}))
        await send(message)

    return send_and_note


def note_refusal(request: Request, refusal: AccessRefused) -> None:
    _note(logging.WARNING, request, {"refused": refusal.code})


def _note(level: int, request: Request, facts: dict[str, object]) -> None:
    address = request.client.host if request.client else None
    path = request.scope["path"][:_LONGEST_PATH]
    text = "HEMIS audit: %s %s"
    logger.log(level, text, request.method, path, extra=facts | {"address": address})

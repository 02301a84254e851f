"""Requests that come before the gateway has read the topics."""

import json
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.types import Message

from libs.common.clock import SystemClock
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.app import Gateway
from services.gateway.settings import GatewaySettings

APPLICATION = Gateway(
    GatewaySettings(_env_file=None), Readiness((), Stop()), InMemoryBroker(), SystemClock()
).application()
ALWAYS_SERVED = {
    "/api/hemis/progress/{resource}/stream",
    "/api/hemis/session",
    "/api/hemis/doctor",
}


def waiting_routes() -> list[tuple[str, str]]:
    return [
        (method, route.path.replace("{resource}", "students"))
        for route in iter_route_contexts(APPLICATION.routes)
        for method in route.methods or ()
        if route.path is not None
        and route.path.startswith("/api/")
        and route.path not in ALWAYS_SERVED
    ]


async def answer(method: str, path: str) -> tuple[int, Any]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": [],
        "query_string": b"", "scheme": "http", "server": ("gateway", 3000), "root_path": "",
        "client": ("127.0.0.1", 1), "http_version": "1.1",
    }  # fmt: skip
    await APPLICATION(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(("method", "path"), waiting_routes())
async def test_every_route_refuses_a_request_until_the_topics_are_read(
    method: str, path: str
) -> None:
    status, problem = await answer(method, path)

    assert (status, problem["code"]) == (503, "not_caught_up")

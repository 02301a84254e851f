"""Requests that come before the gateway has read the topics."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Message

from libs.common.clock import SystemClock
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.app import Gateway
from services.gateway.settings import GatewaySettings


def application(**settings: Any) -> FastAPI:
    return Gateway(
        GatewaySettings(_env_file=None, **settings),
        Readiness((), Stop()),
        InMemoryBroker(),
        SystemClock(),
    ).application()


APPLICATION = application()
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


async def answer(app: FastAPI, method: str, path: str) -> tuple[int, Any]:
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
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(("method", "path"), waiting_routes())
async def test_every_route_refuses_a_request_until_the_topics_are_read(
    method: str, path: str
) -> None:
    status, problem = await answer(APPLICATION, method, path)

    assert (status, problem["code"]) == (503, "not_caught_up")


async def test_without_a_schedule_its_route_does_not_wait_for_the_topics() -> None:
    status, schedule = await answer(application(hemis_sync_cron=""), "GET", "/api/hemis/schedule")

    assert (status, schedule["cron"]) == (200, None)

"""Authorization of every route: by key, by session, by role."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from services.gateway.security.throttle import ALLOWED
from tests.integration.gateway.gateway_routes import routes
from tests.integration.gateway.running_gateway import RunningGateway, running_gateway

pytestmark = pytest.mark.integration

OPS, GUEST = "correct-horse-battery", "a-second-long-key"
KEYS = SecretStr(f"ops:{OPS},guest:{GUEST}:read")
SYNC, SESSION = "/api/hemis/sync/students", "/api/hemis/session"


@pytest.fixture
async def gateway() -> AsyncIterator[RunningGateway]:
    async with running_gateway(gateway_api_keys=KEYS) as running:
        yield running


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


GUARDED = [
    (method, path)
    for method, path in routes()
    if path.startswith("/api/") and not (path == SESSION and method != "GET")
]
CHANGING = [(method, path) for method, path in GUARDED if method not in {"GET", "HEAD"}]


@pytest.mark.parametrize("headers", [{}, {"Cookie": "hemis_session=9999999999999.b3Bz.forged"}])
async def test_every_route_refuses_a_request_without_a_key(
    gateway: RunningGateway, headers: dict[str, str]
) -> None:
    for method, path in [*GUARDED, ("GET", "/api/nowhere")]:
        async with gateway.http.request(method, gateway.url + path, headers=headers) as answer:
            assert answer.status == 401, path
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            if method != "HEAD":
                assert (await answer.json(content_type=None))["code"] == "key_required"

    assert len(GUARDED) > 10
    assert gateway.commands() == []


async def test_every_route_that_changes_something_refuses_a_read_only_key(
    gateway: RunningGateway,
) -> None:
    for method, path in CHANGING:
        url = gateway.url + path
        async with gateway.http.request(method, url, headers=bearer(GUEST)) as answer:
            body = await answer.json(content_type=None)
        assert (answer.status, body["code"]) == (403, "read_only_key"), path

    assert len(CHANGING) > 5
    assert gateway.commands() == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/openapi.json",
        "/asyncapi.json",
        "/contract",
        "/healthz",
        "/readyz",
        "/metrics",
    ],
)
async def test_public_routes_need_no_key(gateway: RunningGateway, path: str) -> None:
    async with gateway.http.get(gateway.url + path) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "headers", [bearer(OPS), {"X-API-Key": OPS}, {"authorization": f"bearer  {OPS}"}]
)
async def test_a_key_may_come_in_either_header(
    gateway: RunningGateway, headers: dict[str, str]
) -> None:
    assert await gateway.get(SESSION, headers=headers) == (200, {"name": "ops", "role": "operate"})


async def test_a_command_has_the_name_of_the_callers_key(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    _, accepted = await gateway.post(SYNC, headers=bearer(OPS))
    report = await gateway.get(f"/api/hemis/syncs/{accepted['syncId']}", headers=bearer(GUEST))

    (command,) = gateway.commands()
    (line,) = (line for line in caplog.records if "audit" in line.message)
    assert command.requested_by == report[1]["requestedBy"] == "ops"
    assert line.message == f"HEMIS audit: POST {SYNC}"
    assert vars(line) | {"by": "ops", "answer": 202, "address": "127.0.0.1"} == vars(line)
    assert vars(line)["location"] == f"/api/hemis/syncs/{accepted['syncId']}"
    assert OPS not in caplog.text


async def test_a_session_has_the_role_of_its_key(gateway: RunningGateway) -> None:
    async with gateway.http.post(gateway.url + SESSION, json={"key": OPS}) as answer:
        cookie = answer.headers["Set-Cookie"]
    session = {"Cookie": cookie.partition(";")[0]}
    started, _ = await gateway.post(SYNC, headers=session)
    ours = {**session, "Sec-Fetch-Site": "same-site", "Origin": "https://neighbour.example.uz"}
    foreign, problem = await gateway.post(SYNC, headers=ours)

    assert answer.status == 204
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert OPS not in cookie
    assert started == 202
    assert (foreign, problem["code"]) == (403, "foreign_page")


async def test_a_session_over_https_is_for_https_only(gateway: RunningGateway) -> None:
    headers = {"X-Forwarded-Proto": "https"}  # as a proxy on the same machine says it

    async with gateway.http.post(
        gateway.url + SESSION, json={"key": OPS}, headers=headers
    ) as answer:
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_ending_a_session_takes_the_cookie_away(gateway: RunningGateway) -> None:
    async with gateway.http.delete(gateway.url + SESSION) as answer:
        assert answer.status == 204
        assert 'hemis_session=""' in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("key", ["kalit-ўзбекча", "\ud800", "x" * 512])
async def test_an_unusual_key_is_refused_like_any_other(gateway: RunningGateway, key: str) -> None:
    body = json.dumps({"key": key}).encode()
    headers = {"Content-Type": "application/json"}

    status, problem = await gateway.post(SESSION, data=body, headers=headers)

    assert (status, problem["code"]) == (401, "key_unknown")


async def test_header_bytes_that_are_no_text_are_a_wrong_key(gateway: RunningGateway) -> None:
    status, problem = await gateway.get(SESSION, headers={"X-API-Key": "ключ-é"})

    assert (status, problem["code"]) == (401, "key_unknown")


async def test_a_client_that_guesses_has_to_wait_and_a_session_still_works(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway.http.post(gateway.url + SESSION, json={"key": OPS}) as answer:
        session = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    for _ in range(ALLOWED):
        assert (await gateway.get(SESSION, headers=bearer("canary")))[0] == 401

    async with gateway.http.get(gateway.url + SESSION, headers=bearer(OPS)) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
    assert (await gateway.get(SESSION, headers=session))[0] == 200
    assert "canary" not in caplog.text


async def test_without_keys_everybody_may_change_something_except_foreign_pages() -> None:
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}

    async with running_gateway() as gateway:
        who = await gateway.get(SESSION)
        useless, problem = await gateway.post(SESSION, json={"key": "any"})
        refused, _ = await gateway.post(SYNC, headers=foreign)
        started, _ = await gateway.post(SYNC)

    assert who == (200, {"name": None, "role": "operate"})
    assert (useless, problem["code"]) == (409, "no_keys_set")
    assert (refused, started) == (403, 202)


async def test_progress_is_not_open_to_every_origin_once_keys_are_set(
    gateway: RunningGateway,
) -> None:
    headers = {"Origin": "https://portal.example.uz", **bearer(OPS)}

    async with gateway.http.get(
        gateway.url + "/api/hemis/progress/students", headers=headers
    ) as answer:
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_every_response_has_the_security_headers(gateway: RunningGateway) -> None:
    found: dict[str, Any] = {}
    for path in ("/api/hemis/schedule", "/docs", "/healthz"):
        async with gateway.http.get(gateway.url + path) as answer:
            found[path] = answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]

    assert found["/api/hemis/schedule"]["Cache-Control"] == "no-store"
    assert "unsafe" not in found["/healthz"]["Content-Security-Policy"]
    docs = found["/docs"]["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in docs
    assert "'unsafe-inline'" not in docs.partition("style-src")[0]

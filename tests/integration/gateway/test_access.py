"""Who is let in: every route, by key, by session, by role."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from services.gateway.security.throttle import ALLOWED
from tests.integration.gateway.gateway_routes import routes
from tests.integration.gateway.running_gateway import Stage, staged

pytestmark = pytest.mark.integration

OPS, GUEST = "correct-horse-battery", "a-second-long-key"
KEYS = SecretStr(f"ops:{OPS},guest:{GUEST}:read")
SYNC, SESSION = "/api/hemis/sync/students", "/api/hemis/session"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged(gateway_api_keys=KEYS) as running:
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
async def test_every_route_refuses_who_shows_no_key(stage: Stage, headers: dict[str, str]) -> None:
    for method, path in [*GUARDED, ("GET", "/api/nowhere")]:
        async with stage.http.request(method, stage.url + path, headers=headers) as answer:
            assert answer.status == 401, path
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            if method != "HEAD":
                assert (await answer.json(content_type=None))["code"] == "key_required"

    assert len(GUARDED) > 10
    assert stage.commands() == []


async def test_every_route_that_changes_something_refuses_a_key_that_may_only_look(
    stage: Stage,
) -> None:
    for method, path in CHANGING:
        url = stage.url + path
        async with stage.http.request(method, url, headers=bearer(GUEST)) as answer:
            body = await answer.json(content_type=None)
        assert (answer.status, body["code"]) == (403, "read_only_key"), path

    assert len(CHANGING) > 5
    assert stage.commands() == []


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
async def test_what_holds_nothing_to_hide_needs_no_key(stage: Stage, path: str) -> None:
    async with stage.http.get(stage.url + path) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "headers", [bearer(OPS), {"X-API-Key": OPS}, {"authorization": f"bearer  {OPS}"}]
)
async def test_a_key_may_come_in_either_header(stage: Stage, headers: dict[str, str]) -> None:
    assert await stage.get(SESSION, headers=headers) == (200, {"name": "ops", "role": "operate"})


async def test_a_command_bears_the_name_of_who_asked(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    _, accepted = await stage.post(SYNC, headers=bearer(OPS))
    report = await stage.get(f"/api/hemis/syncs/{accepted['syncId']}", headers=bearer(GUEST))

    (command,) = stage.commands()
    (line,) = (line for line in caplog.records if "audit" in line.message)
    assert command.requested_by == report[1]["requestedBy"] == "ops"
    assert line.message == f"HEMIS audit: POST {SYNC}"
    assert vars(line) | {"by": "ops", "answer": 202, "address": "127.0.0.1"} == vars(line)
    assert vars(line)["location"] == f"/api/hemis/syncs/{accepted['syncId']}"
    assert OPS not in caplog.text


async def test_a_session_does_what_its_key_may(stage: Stage) -> None:
    async with stage.http.post(stage.url + SESSION, json={"key": OPS}) as answer:
        cookie = answer.headers["Set-Cookie"]
    session = {"Cookie": cookie.partition(";")[0]}
    started, _ = await stage.post(SYNC, headers=session)
    ours = {**session, "Sec-Fetch-Site": "same-site", "Origin": "https://neighbour.example.uz"}
    foreign, problem = await stage.post(SYNC, headers=ours)

    assert answer.status == 204
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert OPS not in cookie
    assert started == 202
    assert (foreign, problem["code"]) == (403, "foreign_page")


async def test_a_session_over_https_is_for_https_only(stage: Stage) -> None:
    headers = {"X-Forwarded-Proto": "https"}  # as a proxy on the same machine says it

    async with stage.http.post(stage.url + SESSION, json={"key": OPS}, headers=headers) as answer:
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_ending_a_session_takes_the_cookie_away(stage: Stage) -> None:
    async with stage.http.delete(stage.url + SESSION) as answer:
        assert answer.status == 204
        assert 'hemis_session=""' in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("key", ["kalit-ўзбекча", "\ud800", "x" * 512])
async def test_a_strange_key_is_refused_like_any_other(stage: Stage, key: str) -> None:
    body = json.dumps({"key": key}).encode()
    headers = {"Content-Type": "application/json"}

    status, problem = await stage.post(SESSION, data=body, headers=headers)

    assert (status, problem["code"]) == (401, "key_unknown")


async def test_header_bytes_that_are_no_text_are_a_wrong_key(stage: Stage) -> None:
    status, problem = await stage.get(SESSION, headers={"X-API-Key": "ключ-é"})

    assert (status, problem["code"]) == (401, "key_unknown")


async def test_whoever_guesses_waits_and_a_session_goes_on(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.http.post(stage.url + SESSION, json={"key": OPS}) as answer:
        session = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    for _ in range(ALLOWED):
        assert (await stage.get(SESSION, headers=bearer("canary")))[0] == 401

    async with stage.http.get(stage.url + SESSION, headers=bearer(OPS)) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
    assert (await stage.get(SESSION, headers=session))[0] == 200
    assert "canary" not in caplog.text


async def test_while_no_keys_are_set_everybody_may_but_no_foreign_page() -> None:
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}

    async with staged() as stage:
        who = await stage.get(SESSION)
        useless, problem = await stage.post(SESSION, json={"key": "any"})
        refused, _ = await stage.post(SYNC, headers=foreign)
        started, _ = await stage.post(SYNC)

    assert who == (200, {"name": None, "role": "operate"})
    assert (useless, problem["code"]) == (409, "no_keys_set")
    assert (refused, started) == (403, 202)


async def test_progress_is_not_open_to_every_origin_once_keys_are_set(stage: Stage) -> None:
    headers = {"Origin": "https://portal.example.uz", **bearer(OPS)}

    async with stage.http.get(
        stage.url + "/api/hemis/progress/students", headers=headers
    ) as answer:
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_every_answer_tells_the_browser_what_not_to_do(stage: Stage) -> None:
    found: dict[str, Any] = {}
    for path in ("/api/hemis/schedule", "/docs", "/healthz"):
        async with stage.http.get(stage.url + path) as answer:
            found[path] = answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]

    assert found["/api/hemis/schedule"]["Cache-Control"] == "no-store"
    assert "unsafe" not in found["/healthz"]["Content-Security-Policy"]
    docs = found["/docs"]["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in docs
    assert "'unsafe-inline'" not in docs.partition("style-src")[0]

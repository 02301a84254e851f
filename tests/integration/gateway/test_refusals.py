"""Invalid requests, and their problem documents."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.integration.gateway.running_gateway import RunningGateway, running_gateway

pytestmark = pytest.mark.integration

STUDENT = "/api/hemis/sync/student"


@pytest.fixture
async def gateway() -> AsyncIterator[RunningGateway]:
    async with running_gateway() as running:
        yield running


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "null",
        '{"hemis_id": ',
        '{"hemis_id": "50421"}',
        '{"hemis_id": true}',
        '{"hemis_id": 1.5}',
        '{"hemis_id": 0}',
        '{"hemis_id": 9223372036854775808}',
        '{"hemis_id": 1, "surname": "x"}',
        '{"hemis_id": 1, "\\ud800": 1}',
        '{"hemis_id": null, "student_id_number": null}',
        '{"student_id_number": ""}',
        '{"student_id_number": 326251200658}',
        '{"student_id_number": "\\ud800"}',
        '{"student_id_number": "1 2"}',
        json.dumps({"student_id_number": "3" * 33}),
    ],
)
async def test_a_wrong_body_is_a_422_that_names_the_field(
    gateway: RunningGateway, body: str
) -> None:
    headers = {"Content-Type": "application/json"}

    status, problem = await gateway.post(STUDENT, data=body.encode(), headers=headers)

    assert (status, problem["code"]) == (422, "invalid_request")
    assert problem["errors"]
    assert gateway.commands() == []


@pytest.mark.parametrize("body", [b"[" * 60_000, b"\xff\xfe{}", b'{"hemis_id": 1e400}'])
async def test_a_hostile_body_is_no_server_error(gateway: RunningGateway, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    status, problem = await gateway.post(STUDENT, data=body, headers=headers)

    assert 400 <= status < 500
    assert problem["code"]


async def test_a_body_over_64_kib_is_a_413_announced_or_in_chunks(gateway: RunningGateway) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(2_000):
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    announced, _ = await gateway.post(STUDENT, data=b" " * 900_000, headers=headers)
    chunked, problem = await gateway.post(STUDENT, data=chunks(), headers=headers)

    assert (announced, chunked, problem["code"]) == (413, 413, "body_too_large")


@pytest.mark.parametrize("wait", ["-1", "31", "soon", "nan"])
async def test_a_wrong_wait_is_a_422(gateway: RunningGateway, wait: str) -> None:
    status, _ = await gateway.post(f"{STUDENT}?wait={wait}", json={"hemis_id": 1})

    assert status == 422


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/hemis/progress/teachers", 404, "not_found"),
        ("POST", "/api/hemis/sync/teachers", 404, "not_found"),
        ("GET", "/api/hemis/syncs/nobody", 404, "unknown_sync"),
        ("DELETE", "/api/hemis/progress/students", 405, "method_not_allowed"),
        ("POST", "/api/hemis/sync/students?mode=all", 422, "invalid_request"),
    ],
)
async def test_every_error_is_a_problem_document(
    gateway: RunningGateway, method: str, path: str, status: int, code: str
) -> None:
    async with gateway.http.request(method, gateway.url + path) as response:
        problem = await response.json(content_type="application/problem+json")

    assert (response.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"]
    assert problem["title"]


async def test_progress_is_open_to_every_origin_and_nothing_else_is(
    gateway: RunningGateway,
) -> None:
    headers = {"Origin": "https://portal.example.uz"}

    opened = await gateway.http.get(f"{gateway.url}/api/hemis/progress/students", headers=headers)
    closed = await gateway.http.get(f"{gateway.url}/api/hemis/schedule", headers=headers)

    assert opened.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in closed.headers

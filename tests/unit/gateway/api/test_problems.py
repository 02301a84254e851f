"""Every refusal has its status, and bodies are cut off before they are read."""

from typing import Any

import pytest

from services.gateway import errors
from services.gateway.api.middleware.body_limit import MAX_BODY_BYTES, BodyLimitMiddleware
from services.gateway.api.problems import RecordProblem, problem_response


def leaves(kind: type[errors.RequestRefused]) -> list[type[errors.RequestRefused]]:
    below = [leaf for one in kind.__subclasses__() for leaf in leaves(one)]
    return below or [kind]


REFUSALS = [kind for kind in leaves(errors.RequestRefused) if kind is not RecordProblem]


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_has_an_http_status(kind: type[errors.RequestRefused]) -> None:
    assert 400 <= kind.http_status < 600


def test_every_refusal_has_a_code_of_its_own() -> None:
    assert len({kind.code for kind in REFUSALS}) == len(REFUSALS)


def test_only_a_temporary_refusal_has_retry_after() -> None:
    assert "Retry-After" in problem_response(503, "not_confirmed", "Kafka is away").headers
    assert "Retry-After" not in problem_response(409, "sync_active", "busy").headers


def test_a_field_name_with_lone_surrogates_gets_a_response() -> None:
    assert b"\\ud800" in problem_response(422, "invalid_request", "\ud800: unknown").body


async def answer(headers: list[tuple[bytes, bytes]], *parts: bytes) -> tuple[int, bytes]:
    """Send a body in chunks; return the status and what the application received."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Any] = []
    seen: list[bytes] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def echo(_: Any, receive: Any, send: Any) -> None:
        seen.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200})

    await BodyLimitMiddleware(echo)({"type": "http", "headers": headers}, receive, send)
    return sent[0]["status"], b"".join(seen)


CHUNKED = [(b"transfer-encoding", b"chunked")]


async def test_a_body_within_the_limit_is_passed_on_in_one_message() -> None:
    half = b"x" * (MAX_BODY_BYTES // 2)

    assert await answer(CHUNKED, half, half) == (200, half + half)


async def test_a_body_over_the_limit_is_refused_before_the_route() -> None:
    assert await answer(CHUNKED, b"x" * MAX_BODY_BYTES, b"x") == (413, b"")


@pytest.mark.parametrize("length", [b"65537", b"99999999999999999999", b"-1", b"many"])
async def test_a_too_large_content_length_is_refused_at_once(length: bytes) -> None:
    assert await answer([(b"content-length", length)], b"x") == (413, b"")


async def test_a_request_without_a_body_is_not_waited_for() -> None:
    assert await answer([]) == (200, b"")

"""The HEMIS client and its requests, against real servers."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from pydantic import SecretStr

from services.fetcher.hemis.errors import (
    HemisMisaddressed,
    HemisRateLimited,
    HemisRejected,
    HemisTokenReplaced,
    HemisUnavailable,
)
from services.fetcher.hemis.ports import StudentCard
from services.fetcher.hemis.token import Token
from tests.integration.fetcher.scripted_servers import (
    CANARY,
    PAGE,
    client_of,
    client_of_server,
    client_of_socket,
    http_server,
    json_page,
)

pytestmark = pytest.mark.integration


async def test_a_page_request_has_the_parameters_of_hemis() -> None:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        return json_page()

    async with client_of_server(answer) as client:
        page = await client.page()

    assert page.items == (b'{"id":1}',)
    assert seen[0].path == "/rest/v1/data/student-list"
    assert dict(seen[0].query) == {"page": "3", "limit": "50", "_student_status": "-1"}
    assert seen[0].headers["Authorization"] == f"Bearer {CANARY}"
    assert seen[0].headers["Accept"] == "application/json"


async def test_a_connection_is_used_again() -> None:
    connections = set()

    async def answer(request: web.Request) -> web.Response:
        connections.add(request.transport)
        return json_page()

    async with client_of_server(answer) as client:
        for _ in range(5):
            await client.page()

    assert len(connections) == 1


async def test_a_student_s_card_holds_what_the_search_needs() -> None:
    async def answer(request: web.Request) -> web.Response:
        card = {"student_id_number": 399241100001, "full_name": "NAMUNA", "subjects": []}
        known = request.query["student_id"] == "7"
        return web.json_response({"success": True, "data": card if known else None})

    async with client_of_server(answer) as client:
        known = await client.hemis.student_card(client.address, 7)
        unknown = await client.hemis.student_card(client.address, 8)

    assert known == StudentCard("399241100001", "NAMUNA")
    assert unknown is None


@pytest.mark.parametrize("status", [200, 404])
async def test_a_student_whom_hemis_does_not_know_has_no_card(status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"success": False, "data": None, "code": 404}, status=status)

    async with client_of_server(answer) as client:
        assert await client.hemis.student_card(client.address, 7) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, HemisRejected),
        (403, HemisRejected),
        (404, HemisRejected),
        (500, HemisUnavailable),
        (503, HemisUnavailable),
    ],
)
async def test_each_status_has_its_error(status: int, kind: type[Exception]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=f"Bearer {CANARY}")

    async with client_of_server(answer) as client:
        error = await client.error()

    assert type(error) is kind
    assert f"HTTP {status} from {client.address}/rest/v1/data/student-list" in str(error)


@pytest.mark.parametrize(("status", "kind"), [(429, HemisRateLimited), (503, HemisUnavailable)])
async def test_hemis_says_how_long_to_wait(status: int, kind: type[Exception]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "12"})

    async with client_of_server(answer) as client:
        error = await client.error()

    assert type(error) is kind
    assert error.retry_after_seconds == 12.0


async def test_a_redirect_is_not_followed_and_the_token_stays_here() -> None:
    elsewhere: list[str] = []

    async def other(request: web.Request) -> web.Response:
        elsewhere.append(request.path)
        return json_page()

    async with http_server(other) as other_host:

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"{other_host}/rest"})

        async with client_of_server(answer) as client:
            error = await client.error()

    assert isinstance(error, HemisRejected)
    assert "check HEMIS_API_URL" in str(error)
    assert elsewhere == []


async def test_the_token_goes_to_no_other_address_than_the_configured_one() -> None:
    requests: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        requests.append(request.path)
        return json_page()

    async with http_server(answer) as old_address, client_of("http://127.0.0.1:1") as client:
        client.address = old_address
        error = await client.error()

    assert isinstance(error, HemisMisaddressed)
    assert error.ends_the_sync
    assert requests == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_read_again_from_its_file(status: int) -> None:
    tokens = iter(["old", "new", "new"])

    async def answer(request: web.Request) -> web.Response:
        is_new = request.headers["Authorization"] == "Bearer new"
        return json_page() if is_new else web.Response(status=status)

    token = Token(lambda: SecretStr(next(tokens)))
    async with http_server(answer) as address, client_of(address, token) as client:
        error = await client.error()
        page = await client.page()

    assert isinstance(error, HemisTokenReplaced)
    assert page.total == 1


async def test_a_token_that_is_refused_and_still_the_same_is_not_sent_again() -> None:
    requests = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal requests
        requests += 1
        return web.Response(status=401)

    async with client_of_server(answer) as client:
        error = await client.error()

    assert (error.code, error.ends_the_sync, requests) == ("auth", True, 1)


async def test_a_token_file_that_is_gone_leaves_the_refusal() -> None:
    def read(tokens: list[str] = [CANARY]) -> SecretStr:  # noqa: B006 — remembers
        if not tokens:
            raise ValueError("this file cannot be read")
        return SecretStr(tokens.pop())

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=401)

    async with http_server(answer) as address, client_of(address, Token(read)) as client:
        assert isinstance(await client.error(), HemisRejected)


@pytest.mark.parametrize("requests_before", [0, 2])
async def test_a_broken_connection_is_one_request_and_no_more(requests_before: int) -> None:
    requests = 0

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        while await reader.readuntil(b"\r\n\r\n"):
            requests += 1
            if requests > requests_before:
                writer.transport.abort()
                return
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE))

    async with client_of_socket(reset) as client:
        for _ in range(requests_before):
            await client.page()
        error = await client.error()

    assert isinstance(error, HemisUnavailable)
    assert requests == requests_before + 1


async def test_requests_are_counted_by_outcome() -> None:
    statuses = iter([200, 503, 401, 200])
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    async def answer(_: web.Request) -> web.Response:
        status = next(statuses)
        return json_page(Date=date) if status == 200 else web.Response(status=status)

    async with client_of_server(answer) as client:
        await client.page()
        await client.error()
        await client.error()
        await client.page()

    outcomes = {"ok": 2, "unavailable": 1, "auth": 1}
    assert {name: client.measured("requests_total", outcome=name) for name in outcomes} == outcomes
    assert client.measured("request_duration_seconds_count") == 4
    assert client.measured("response_bytes_total") == 2 * len(PAGE)
    assert client.measured("clock_difference_seconds") == pytest.approx(3600, abs=30)

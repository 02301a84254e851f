"""Every kind of fault, as a client of HEMIS meets it."""

import time
from typing import Any

import aiohttp
import pytest

from libs.simulator import Behaviour, Fault, SimulatedHemis

pytestmark = pytest.mark.integration

STUDENTS = "/rest/v1/data/student-list"
EMPLOYEES = "/rest/v1/data/employee-list"
EVERYBODY = {"_student_status": "-1", "limit": "100"}


async def ask(client: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, Any]:
    async with client.get(path, params=query) as response:
        return response.status, await response.json()


async def ids(client: aiohttp.ClientSession, page: int) -> list[int]:
    _, body = await ask(client, STUDENTS, **EVERYBODY, page=str(page))
    return [item["id"] for item in body["data"]["items"]]


async def test_a_status_fault_comes_as_often_as_asked(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="status", status=503, page=2, times=1, retry_after="5"))

    first = await client.get(STUDENTS, params={"page": "1"})
    struck = await client.get(STUDENTS, params={"page": "2"})
    again = await client.get(STUDENTS, params={"page": "2"})

    assert [first.status, struck.status, again.status] == [200, 503, 200]
    assert struck.headers["Retry-After"] == "5"


async def test_a_latency_fault_waits_and_then_answers(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="latency", seconds=0.2))
    started = time.monotonic()

    status, _ = await ask(client, STUDENTS)

    assert status == 200
    assert time.monotonic() - started >= 0.2


async def test_an_html_fault_is_a_login_page(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="html"))

    response = await client.get(STUDENTS)

    assert (response.status, response.content_type) == (200, "text/html")


async def test_a_not_json_fault_says_that_it_is_json(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="not_json"))

    response = await client.get(STUDENTS)

    assert (response.status, response.content_type) == (200, "application/json")
    with pytest.raises(ValueError, match="Expecting value"):
        await response.json()


async def test_a_success_false_fault_is_a_200(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="success_false"))

    status, body = await ask(client, STUDENTS)

    assert (status, body["success"]) == (200, False)


async def test_a_truncate_fault_ends_in_the_middle(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="truncate", times=1))

    with pytest.raises(aiohttp.ClientPayloadError):
        await ask(client, STUDENTS)

    status, _ = await ask(client, STUDENTS)
    assert status == 200


async def test_a_wrong_total_fault_keeps_the_items(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="wrong_total", delta=2))

    _, body = await ask(client, EMPLOYEES, type="all", limit="200")

    assert len(body["data"]["items"]) == 60
    assert body["data"]["pagination"]["totalCount"] == 62


async def test_a_wrong_page_fault_gives_another_page_s_items(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    first = await ids(client, 1)
    hemis.faults.add(Fault(kind="wrong_page", page=2, delta=-1, times=1))

    assert await ids(client, 2) == first
    assert await ids(client, 2) != first


@pytest.mark.parametrize(("delta", "left"), [(-3, 97), (-100, 0), (-999, 0)])
async def test_a_short_fault_leaves_the_total(
    client: aiohttp.ClientSession, hemis: SimulatedHemis, delta: int, left: int
) -> None:
    hemis.faults.add(Fault(kind="short", delta=delta))

    _, body = await ask(client, STUDENTS, **EVERYBODY)

    assert len(body["data"]["items"]) == left
    assert body["data"]["pagination"]["totalCount"] == 300


async def test_a_drift_fault_moves_everybody_before_the_answer(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    first, second = await ids(client, 1), await ids(client, 2)
    hemis.faults.add(Fault(kind="drift", times=1, remove=2, add=1))

    moved = await ids(client, 2)

    assert moved == [*second[1:], moved[-1]]
    assert (await ids(client, 1))[1:] == [*first[2:], second[0]]
    assert len(hemis.rosters["students"]) == 299


async def test_a_redirect_fault_names_another_host(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="redirect", location="http://169.254.169.254/"))

    async with client.get(STUDENTS, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "http://169.254.169.254/")


async def test_a_wrong_type_fault_has_the_right_body(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="wrong_type"))

    async with client.get(STUDENTS) as response:
        assert response.content_type == "text/html"
        assert b'"success":true' in await response.read()


@pytest.mark.parametrize("kind", ["reset", "wrong_length"])
async def test_a_broken_answer_costs_its_connection_and_no_more(
    client: aiohttp.ClientSession, hemis: SimulatedHemis, kind: Any
) -> None:
    hemis.faults.add(Fault(kind=kind, page=7))

    with pytest.raises((aiohttp.ClientError, ValueError)):
        await ask(client, STUDENTS, page="7")

    assert (await ask(client, STUDENTS, page="1"))[0] == 200
    assert hemis.requests.last(2)[0].faults == (kind,)


async def test_a_drip_comes_byte_by_byte(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.faults.add(Fault(kind="drip", seconds=0.02))

    async with client.get(STUDENTS) as response:
        parts = [await response.content.readany() for _ in range(3)]

    assert b"".join(parts)[:3] == b'{"s'
    assert max(map(len, parts)) < 10


@pytest.mark.parametrize("kind", ["huge", "gzip_bomb"])
async def test_a_body_without_end_stops_when_nobody_reads_it(
    client: aiohttp.ClientSession, hemis: SimulatedHemis, kind: Any
) -> None:
    hemis.faults.add(Fault(kind=kind))
    seen = 0

    async with client.get(STUDENTS) as response:
        while seen < 3_000_000:
            seen += len(await response.content.readany())

    hemis.faults.clear()
    assert (await ask(client, STUDENTS))[0] == 200


async def test_a_page_can_be_cut_to_another_size(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.behave(Behaviour(largest_page=30))

    _, body = await ask(client, STUDENTS, **EVERYBODY)

    assert len(body["data"]["items"]) == 30
    assert body["data"]["pagination"]["pageSize"] == 30
    assert body["data"]["pagination"]["pageCount"] == 10

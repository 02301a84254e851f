"""The switches under /control, over HTTP."""

import json
from typing import Any

import aiohttp
import pytest

from libs.simulator import SimulatedHemis
from libs.simulator.faults import STAGES

pytestmark = pytest.mark.integration

STUDENTS = "/rest/v1/data/student-list"


async def post(client: aiohttp.ClientSession, path: str, body: object) -> tuple[int, Any]:
    async with client.post(f"/control/{path}", json=body) as response:
        return response.status, await response.json()


async def test_the_state_names_totals_settings_faults_and_requests(
    client: aiohttp.ClientSession,
) -> None:
    await client.get(STUDENTS)
    await post(client, "faults", {"kind": "html", "endpoint": "student-info"})

    async with client.get("/control/state") as response:
        state = await response.json()

    assert state["totals"] == {"students": 300, "employees": 60, "departments": 37}
    assert state["settings"]["past_end"] == "clamp"
    assert [fault["kind"] for fault in state["faults"]] == ["html"]
    assert state["requests"]["by_status"] == {"200": 1}


async def test_faults_are_added_and_cleared(client: aiohttp.ClientSession) -> None:
    await post(client, "faults", {"kind": "status", "status": 502})
    struck = await client.get(STUDENTS)

    await client.delete("/control/faults")
    healed = await client.get(STUDENTS)

    assert (struck.status, healed.status) == (502, 200)


async def test_a_setting_changes_only_itself(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    await post(client, "settings", {"past_end": "empty"})
    status, state = await post(client, "settings", {"envelope": "array"})

    assert status == 200
    assert (state["settings"]["past_end"], hemis.behaviour.envelope) == ("empty", "array")


async def test_the_oracle_streams_what_the_list_gives(client: aiohttp.ClientSession) -> None:
    change = {"resource": "students", "change": {"50421": {"email": None}}, "remove": [50100]}
    await post(client, "records", change | {"insert_raw": [17, None]})

    async with client.get("/control/records/students") as response:
        lines = (await response.read()).splitlines()
    async with client.get(STUDENTS, params={"_student_status": "-1", "limit": "200"}) as response:
        page = await response.read()

    assert len(lines) == 301
    assert lines[-2:] == [b"17", b"null"]
    assert b'"items":[' + b",".join(lines[:200]) + b'],"pagination"' in page


async def test_an_upgrade_strikes_in_the_middle_of_a_list_and_stays(
    client: aiohttp.ClientSession,
) -> None:
    settings = {"new_field": "score"}
    await post(
        client, "faults", {"kind": "upgrade", "request": 2, "times": 1, "settings": settings}
    )

    answers = [await client.get(STUDENTS, params={"page": page}) for page in ("1", "2", "3")]

    assert [b'"score":' in await answer.read() for answer in answers] == [False, True, True]


async def test_requests_are_logged_with_their_times(client: aiohttp.ClientSession) -> None:
    await client.get(STUDENTS, params={"page": "1"})
    await client.get(STUDENTS, params={"page": "2"})

    async with client.get("/control/requests", params={"last": "1"}) as response:
        (logged,) = await response.json()

    assert (logged["path"], logged["query"], logged["status"]) == (STUDENTS, "page=2", 200)
    assert logged["started"] <= logged["ended"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("settings", {"past_end": "never"}),
        ("settings", {"rate_limit_per_second": 0}),
        ("settings", {"speed": 1}),
        ("settings", []),
        ("faults", {"kind": "fire"}),
        ("faults", {"kind": "upgrade", "settings": {"speed": 1}}),
        ("records", {"resource": "people"}),
        ("records", {"resource": "students", "add": -1}),
    ],
)
async def test_a_body_that_is_not_understood_is_422(
    client: aiohttp.ClientSession, path: str, body: object
) -> None:
    status, answer = await post(client, path, body)

    assert status == 422
    assert answer["error"]


async def test_an_unknown_record_is_404(client: aiohttp.ClientSession) -> None:
    status, answer = await post(client, "records", {"resource": "students", "remove": [1]})

    assert (status, answer) == (404, {"error": "nobody has the id 1"})


async def test_the_page_says_what_it_is(client: aiohttp.ClientSession) -> None:
    async with client.get("/") as response:
        text = await response.text()

    assert "A simulator; all people are invented." in text
    assert "300 students, 60 employee positions" in text
    for kind in STAGES:
        assert f"<option>{kind}</option>" in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_it_is_alive_and_ready(client: aiohttp.ClientSession, path: str) -> None:
    response = await client.get(path)

    assert response.status == 200
    assert isinstance(json.loads(await response.read()), dict)


async def test_requests_are_counted_for_prometheus(client: aiohttp.ClientSession) -> None:
    await client.get(STUDENTS)

    async with client.get("/metrics") as response:
        assert "simulator_requests 1.0" in await response.text()

"""The simulator as a client of HEMIS meets it."""

from typing import Any

import aiohttp
import pytest

from libs.simulator import Behaviour, SimulatedHemis

pytestmark = pytest.mark.integration

STUDENTS = "/rest/v1/data/student-list"
EMPLOYEES = "/rest/v1/data/employee-list"
INFO = "/rest/v1/data/student-info"
FAILURE = {"success": False, "data": None}


async def ask(client: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, Any]:
    async with client.get(path, params=query) as response:
        return response.status, await response.json()


async def test_a_list_comes_in_hemis_envelope(client: aiohttp.ClientSession) -> None:
    status, body = await ask(client, STUDENTS, _student_status="-1", limit="500", page="2")

    assert status == body["code"] == 200
    assert (body["success"], body["error"]) == (True, None)
    assert len(body["data"]["items"]) == 100
    expected = {"totalCount": 300, "pageSize": 200, "pageCount": 2, "page": 2}
    assert body["data"]["pagination"] == expected


async def test_the_json_is_compact_and_not_escaped(client: aiohttp.ClientSession) -> None:
    async with client.get(STUDENTS) as response:
        text = await response.text()

    assert text.startswith('{"success":true,"error":null,"data":{"items":[{"id":')
    assert "O‘qimoqda" in text
    assert "https://" in text


async def test_the_last_of_two_equal_parameters_counts(client: aiohttp.ClientSession) -> None:
    async with client.get(f"{EMPLOYEES}?type=all&limit=7&limit=9") as response:
        body = await response.json()

    assert len(body["data"]["items"]) == 9


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "simulator", "Bearer ‘"])
async def test_a_wrong_token_gets_yii2s_401(
    client: aiohttp.ClientSession, authorization: str
) -> None:
    headers = {"Authorization": authorization}
    async with client.get(STUDENTS, headers=headers) as response:
        body = await response.json()

    assert response.status == body["status"] == 401
    assert body["name"] == "Unauthorized"


async def test_a_missing_type_is_400(client: aiohttp.ClientSession) -> None:
    status, body = await ask(client, EMPLOYEES)

    error = "Kerakli parametrlar yetishmayapti: type"
    assert (status, body) == (400, FAILURE | {"error": error, "code": 400})


async def test_text_in_a_numeric_filter_is_500(client: aiohttp.ClientSession) -> None:
    status, body = await ask(client, STUDENTS, _group="abc")

    assert (status, body) == (500, FAILURE | {"error": "Ichki server xatosi", "code": 500})


@pytest.mark.parametrize("path", ["/rest/v1/data/dormitory-list", "/rest/v1", "/v1/data", "/x"])
async def test_an_unknown_path_is_404_in_the_envelope(
    client: aiohttp.ClientSession, path: str
) -> None:
    status, body = await ask(client, path)

    assert (status, body) == (404, FAILURE | {"error": "Sahifa topilmadi", "code": 404})


async def test_one_student_is_found(client: aiohttp.ClientSession) -> None:
    status, body = await ask(client, INFO, student_id_number="326251200658")

    assert (status, body["data"]["id"]) == (200, 50_421)


async def test_an_unknown_student_is_404(client: aiohttp.ClientSession) -> None:
    status, body = await ask(client, INFO, student_id="1")

    assert (status, body["success"]) == (404, False)


async def test_an_unknown_student_can_be_200_without_success(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    hemis.behave(Behaviour(unknown_student="success_false"))

    status, body = await ask(client, INFO, student_id="1")

    assert (status, body["success"], body["code"]) == (200, False, 404)


async def test_one_request_a_second_too_many_is_429(
    client: aiohttp.ClientSession, hemis: SimulatedHemis
) -> None:
    assert Behaviour().rate_limit_per_second == 10
    hemis.behave(Behaviour(rate_limit_per_second=2))

    responses = [await client.get(INFO) for _ in range(3)]

    assert [response.status for response in responses] == [400, 400, 429]
    assert responses[-1].headers["Retry-After"] == "1"

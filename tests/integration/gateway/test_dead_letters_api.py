"""The desk as a person with curl sees it, over a broker in memory."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.contracts.commands import FetchRecords
from libs.common.contracts.dead_letters import DeadLetter
from tests.integration.gateway.running_gateway import Stage, staged
from tests.unit.gateway.sample_dead_letters import POISON, buried, dead, without_id
from tests.unit.gateway.sample_messages import SYNC, T0, finished

pytestmark = pytest.mark.integration

DESK = "/api/hemis/dead-letters"
LETTER = "hemis.students-2-1042"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as running:
        yield running


async def laid_out(stage: Stage, *letters: DeadLetter) -> Any:
    for letter in letters:
        stage.broker.append(buried(letter))
    return await stage.until(DESK, lambda body: len(body["items"]) == len(letters))


async def test_one_in_the_list(stage: Stage) -> None:
    body = await laid_out(stage, dead())

    assert body == {
        "items": [
            {
                "id": LETTER,
                "resource": "students",
                "key": "50421",
                "code": "out_of_range",
                "reason": "group_id is beyond its column",
                "syncId": SYNC,
                "buriedAt": T0,
                "attempts": 0,
                "state": "buried",
                "canRetry": True,
                "size": len(dead().value),
                "lastRetry": None,
            }
        ],
        "next": None,
    }


async def test_pages_follow_each_other(stage: Stage) -> None:
    await laid_out(stage, *(dead(number) for number in range(5)))

    _, page = await stage.get(f"{DESK}?limit=2")
    pages = [page]
    while page["next"] is not None:
        _, page = await stage.get(f"{DESK}?limit=2&before={page['next']}")
        pages.append(page)

    seen = [[letter["id"][-1] for letter in page["items"]] for page in pages]
    assert seen == [["4", "3"], ["2", "1"], ["0"]]


async def test_one_shows_its_structure_and_nobody(stage: Stage) -> None:
    await laid_out(stage, dead())

    status, body = await stage.get(f"{DESK}/{LETTER}")

    assert status == 200
    assert body["origin"] == {"topic": "hemis.students", "partition": 2, "offset": 1042}
    assert body["headers"]["code"] == "out_of_range"
    assert (body["valueKind"], body["masked"]) == ("json", True)
    assert body["value"] == {
        "id": 50421, "full_name": "<text>", "meta_id": 7, "group": {"id": 3, "name": "<text>"},
    }  # fmt: skip


async def test_without_keys_no_value_is_shown_in_full(stage: Stage) -> None:
    await laid_out(stage, dead())

    status, problem = await stage.get(f"{DESK}/{LETTER}?values=true")

    assert (status, problem["code"]) == (403, "values_need_a_key")


async def test_a_retry_is_accepted_and_ends_with_an_empty_desk(stage: Stage) -> None:
    await laid_out(stage, dead())

    status, accepted = await stage.post(f"{DESK}/{LETTER}/retry")
    again, same = await stage.post(f"{DESK}/{LETTER}/retry")
    _, body = await stage.get(f"{DESK}/{LETTER}")
    stage.say(finished(sync_id=accepted["syncId"], hemis_ids=(50421,)))
    await stage.until(DESK, lambda body: body["items"] == [])
    gone, problem = await stage.post(f"{DESK}/{LETTER}/retry")

    assert (status, again, same["syncId"]) == (202, 202, accepted["syncId"])
    assert (body["state"], body["attempts"]) == ("retrying", 1)
    assert body["lastRetry"]["syncId"] == accepted["syncId"]
    assert (gone, problem["code"]) == (404, "unknown_dead_letter")


async def test_one_without_an_id_is_discarded(stage: Stage) -> None:
    name = without_id().dead_letter_id
    await laid_out(stage, without_id())

    refused, problem = await stage.post(f"{DESK}/{name}/retry")
    status, body = await stage.post(f"{DESK}/{name}/discard")
    twice, _ = await stage.post(f"{DESK}/{name}/discard")

    assert (refused, problem["code"]) == (409, "not_retryable")
    assert (status, body["state"], twice) == (200, "discarded", 404)


async def test_a_retry_of_many(stage: Stage) -> None:
    await laid_out(stage, dead(), dead(7, record_key="7", code="not_json"), without_id())

    status, body = await stage.post(f"{DESK}/retry", json={"resource": "students"})

    assert status == 202
    assert (body["asked"], body["discardOnly"], body["left"]) == (2, 1, 0)
    assert body["message"] == (
        "2 fetched from HEMIS again; 1 without a usable id, can only be discarded"
    )
    sent = [command.sync_id for command in stage.commands() if isinstance(command, FetchRecords)]
    assert sorted(body["syncIds"]) == sorted(sent)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "?limit=0", None, 422),
        ("GET", "?limit=many", None, 422),
        ("GET", "?before=-1", None, 422),
        ("GET", f"?before={2**70}", None, 422),
        ("GET", "?state=gone", None, 422),
        ("GET", "?resource=cats", None, 422),
        ("GET", "?since=-5", None, 422),
        ("GET", "?color=red", None, 422),
        ("GET", "?sync=%00&code=%F0%9F%92%A9", None, 200),
        ("GET", "/nobody", None, 404),
        ("POST", "/nobody/retry", None, 404),
        ("POST", "/nobody/discard", None, 404),
        ("POST", "/retry", None, 422),
        ("POST", "/retry", {"color": "red"}, 422),
        ("POST", "/retry", [], 422),
        ("POST", "/retry", {"since": 2**70}, 422),
    ],
)
async def test_what_is_asked_wrongly_is_refused(
    stage: Stage, method: str, path: str, body: Any, status: int
) -> None:
    send = stage.get if method == "GET" else stage.post

    got, answer = await send(DESK + path, json=body)

    assert got == status
    assert status == 200 or answer["code"]


async def test_a_key_sees_a_value_in_full_and_its_name_is_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    bearer = {"X-API-Key": "invented-key-of-hr-staff"}
    async with staged(gateway_api_keys=SecretStr("hr:invented-key-of-hr-staff")) as stage:
        stage.broker.append(buried(dead()))
        await asyncio.wait_for(_until_shown(stage, bearer), 30)
        status, whole = await stage.get(f"{DESK}/{LETTER}?values=true", headers=bearer)
        _, hidden = await stage.get(f"{DESK}/{LETTER}", headers=bearer)
        await stage.post(f"{DESK}/{LETTER}/retry", headers=bearer)
        without, problem = await stage.get(f"{DESK}/{LETTER}?values=true")

    assert (status, whole["value"], whole["masked"]) == (200, json.loads(POISON), False)
    assert hidden["value"]["full_name"] == "<text>"
    assert (without, problem["code"]) == (401, "key_required")
    (noted,) = [line for line in caplog.records if "read in full" in line.getMessage()]
    assert (vars(noted)["by"], vars(noted)["dead_letter"]) == ("hr", LETTER)
    assert "VALIYEVA" not in caplog.text
    assert [command.requested_by for command in stage.commands()] == ["hr"]


async def _until_shown(stage: Stage, headers: dict[str, str]) -> None:
    while (await stage.get(f"{DESK}/{LETTER}", headers=headers))[0] != 200:  # noqa: ASYNC110 — it is the gateway that reads
        await asyncio.sleep(0.02)

"""The dead letters as a person with curl sees them, over a broker in memory."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.contracts.commands import FetchRecords
from libs.common.contracts.dead_letters import DeadLetter
from tests.integration.gateway.running_gateway import RunningGateway, running_gateway
from tests.unit.gateway.sample_dead_letters import (
    POISON,
    dead_letter,
    dead_letter_message,
    without_id,
)
from tests.unit.gateway.sample_messages import SYNC, T0, finished

pytestmark = pytest.mark.integration

DEAD_LETTERS = "/api/hemis/dead-letters"
DEAD_LETTER_ID = "hemis.students-2-1042"


@pytest.fixture
async def gateway() -> AsyncIterator[RunningGateway]:
    async with running_gateway() as running:
        yield running


async def publish_and_wait(gateway: RunningGateway, *found: DeadLetter) -> Any:
    for published in found:
        gateway.broker.append(dead_letter_message(published))
    return await gateway.until(DEAD_LETTERS, lambda body: len(body["items"]) == len(found))


async def test_the_list_shows_all_fields_of_a_dead_letter(gateway: RunningGateway) -> None:
    body = await publish_and_wait(gateway, dead_letter())

    assert body == {
        "items": [
            {
                "id": DEAD_LETTER_ID,
                "resource": "students",
                "key": "50421",
                "code": "out_of_range",
                "reason": "group_id is beyond its column",
                "syncId": SYNC,
                "buriedAt": T0,
                "attempts": 0,
                "state": "buried",
                "canRetry": True,
                "size": len(dead_letter().value),
                "lastRetry": None,
            }
        ],
        "next": None,
    }


async def test_pages_follow_each_other(gateway: RunningGateway) -> None:
    await publish_and_wait(gateway, *(dead_letter(number) for number in range(5)))

    _, page = await gateway.get(f"{DEAD_LETTERS}?limit=2")
    pages = [page]
    while page["next"] is not None:
        _, page = await gateway.get(f"{DEAD_LETTERS}?limit=2&before={page['next']}")
        pages.append(page)

    seen = [[published["id"][-1] for published in page["items"]] for page in pages]
    assert seen == [["4", "3"], ["2", "1"], ["0"]]


async def test_a_masked_value_shows_its_structure_and_no_person(gateway: RunningGateway) -> None:
    await publish_and_wait(gateway, dead_letter())

    status, body = await gateway.get(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}")

    assert status == 200
    assert body["origin"] == {"topic": "hemis.students", "partition": 2, "offset": 1042}
    assert body["headers"]["code"] == "out_of_range"
    assert (body["valueKind"], body["masked"]) == ("json", True)
    assert body["value"] == {
        "id": 50421, "full_name": "<text>", "meta_id": 7, "group": {"id": 3, "name": "<text>"},
    }  # fmt: skip


async def test_without_keys_no_value_is_shown_in_full(gateway: RunningGateway) -> None:
    await publish_and_wait(gateway, dead_letter())

    status, problem = await gateway.get(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}?values=true")

    assert (status, problem["code"]) == (403, "values_need_a_key")


async def test_a_retry_is_accepted_and_resolves_the_dead_letter(gateway: RunningGateway) -> None:
    await publish_and_wait(gateway, dead_letter())

    status, accepted = await gateway.post(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}/retry")
    again, same = await gateway.post(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}/retry")
    _, body = await gateway.get(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}")
    gateway.publish(finished(sync_id=accepted["syncId"], hemis_ids=(50421,)))
    await gateway.until(DEAD_LETTERS, lambda body: body["items"] == [])
    gone, problem = await gateway.post(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}/retry")

    assert (status, again, same["syncId"]) == (202, 202, accepted["syncId"])
    assert (body["state"], body["attempts"]) == ("retrying", 1)
    assert body["lastRetry"]["syncId"] == accepted["syncId"]
    assert (gone, problem["code"]) == (404, "unknown_dead_letter")


async def test_a_dead_letter_without_an_id_can_be_discarded_and_not_retried(
    gateway: RunningGateway,
) -> None:
    name = without_id().dead_letter_id
    await publish_and_wait(gateway, without_id())

    refused, problem = await gateway.post(f"{DEAD_LETTERS}/{name}/retry")
    status, body = await gateway.post(f"{DEAD_LETTERS}/{name}/discard")
    twice, _ = await gateway.post(f"{DEAD_LETTERS}/{name}/discard")

    assert (refused, problem["code"]) == (409, "not_retryable")
    assert (status, body["state"], twice) == (200, "discarded", 404)


async def test_a_bulk_retry_counts_each_matching_dead_letter(gateway: RunningGateway) -> None:
    await publish_and_wait(
        gateway, dead_letter(), dead_letter(7, record_key="7", code="not_json"), without_id()
    )

    status, body = await gateway.post(f"{DEAD_LETTERS}/retry", json={"resource": "students"})

    assert status == 202
    assert (body["asked"], body["discardOnly"], body["left"]) == (2, 1, 0)
    assert body["message"] == (
        "2 fetched from HEMIS again; 1 without a usable id, can only be discarded"
    )
    sent = [command.sync_id for command in gateway.commands() if isinstance(command, FetchRecords)]
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
async def test_an_invalid_request_is_refused(
    gateway: RunningGateway, method: str, path: str, body: Any, status: int
) -> None:
    send = gateway.get if method == "GET" else gateway.post

    got, answer = await send(DEAD_LETTERS + path, json=body)

    assert got == status
    assert status == 200 or answer["code"]


async def test_a_key_sees_a_value_in_full_and_its_name_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    bearer = {"X-API-Key": "invented-key-of-hr-staff"}
    async with running_gateway(
        gateway_api_keys=SecretStr("hr:invented-key-of-hr-staff")
    ) as gateway:
        gateway.broker.append(dead_letter_message(dead_letter()))
        await asyncio.wait_for(_until_shown(gateway, bearer), 30)
        status, whole = await gateway.get(
            f"{DEAD_LETTERS}/{DEAD_LETTER_ID}?values=true", headers=bearer
        )
        _, hidden = await gateway.get(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}", headers=bearer)
        await gateway.post(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}/retry", headers=bearer)
        without, problem = await gateway.get(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}?values=true")

    assert (status, whole["value"], whole["masked"]) == (200, json.loads(POISON), False)
    assert hidden["value"]["full_name"] == "<text>"
    assert (without, problem["code"]) == (401, "key_required")
    (noted,) = [line for line in caplog.records if "read in full" in line.getMessage()]
    assert (vars(noted)["by"], vars(noted)["dead_letter"]) == ("hr", DEAD_LETTER_ID)
    assert "VALIYEVA" not in caplog.text
    assert [command.requested_by for command in gateway.commands()] == ["hr"]


async def _until_shown(gateway: RunningGateway, headers: dict[str, str]) -> None:
    while (await gateway.get(f"{DEAD_LETTERS}/{DEAD_LETTER_ID}", headers=headers))[0] != 200:  # noqa: ASYNC110 — it is the gateway that reads
        await asyncio.sleep(0.02)

"""Erasures over HTTP: who may request one, the response, and the audit log."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.contracts.commands import Command, EraseRecord
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, SyncFetched
from tests.integration.gateway.running_gateway import RunningGateway, running_gateway, workers
from tests.unit.gateway.sample_messages import erased, erasure_loaded, erasure_refused, fetched

pytestmark = pytest.mark.integration

OPS, GUEST = "correct-horse-battery", "a-second-long-key"
KEYS = SecretStr(f"ops:{OPS},guest:{GUEST}:read")
ERASURES = "/api/hemis/erasures"
STUDENT = {"student_id_number": "326251200658", "confirm": "erase"}


@pytest.fixture
async def gateway() -> AsyncIterator[RunningGateway]:
    async with running_gateway(gateway_api_keys=KEYS) as running:
        yield running


def as_key(key: str) -> dict[str, Any]:
    return {"headers": {"X-API-Key": key}}


def done(command: Command, reason: str = "") -> list[Event]:
    by = {"requested_by": "ops", "loader_confirms": True}
    return [
        erased(sync_id=command.sync_id, resource=command.resource, **by),
        erasure_loaded(reason, sync_id=command.sync_id, resource=command.resource),
    ]


async def test_an_erasure_is_answered_listed_and_logged_without_the_person(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with workers(gateway, done):
        status, body = await gateway.post(f"{ERASURES}/student", json=STUDENT, **as_key(OPS))
        _, found = await gateway.get(f"{ERASURES}/{body['erasureId']}", **as_key(GUEST))
        _, listed = await gateway.get(ERASURES, **as_key(GUEST))
        _, syncs = await gateway.get("/api/hemis/syncs", **as_key(GUEST))

    (command,) = gateway.commands()
    assert isinstance(command, EraseRecord)
    assert (command.id_number, command.requested_by) == ("326251200658", "ops")
    assert (status, body["state"], body["hemisId"]) == (200, "erased", 50421)
    assert found == body
    assert (listed["next"], syncs["items"]) == (None, [])
    assert {**listed["items"][0], "hemisId": 50421} == body
    (audit,) = [line for line in caplog.records if "audit" in line.message]
    assert vars(audit)["location"] == f"{ERASURES}/{body['erasureId']}"
    assert not any(STUDENT["student_id_number"] in str(vars(line)) for line in caplog.records)


async def test_a_person_whose_row_is_still_in_the_tables_is_not_called_erased(
    gateway: RunningGateway,
) -> None:
    async with workers(gateway, lambda command: done(command, "table own.loans, constraint loans")):
        status, body = await gateway.post(f"{ERASURES}/student", json=STUDENT, **as_key(OPS))

    assert (status, body["state"], body["erasedTime"]) == (202, "waiting", None)
    assert "table own.loans, constraint loans" in body["message"]
    assert body["message"].startswith("Not erased yet")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"confirm": "erase"}, 422, "invalid_request"),
        ({"hemis_id": 1}, 422, "invalid_request"),
        ({"hemis_id": 1, "confirm": "yes"}, 422, "invalid_request"),
        (STUDENT | {"hemis_id": 1}, 422, "invalid_request"),
        (STUDENT, 409, "nobody_erased"),
    ],
)
async def test_an_incomplete_request_erases_nobody(
    gateway: RunningGateway, body: dict[str, Any], status: int, code: str
) -> None:
    async with workers(gateway, lambda command: [erasure_refused(sync_id=command.sync_id)]):
        answer = await gateway.post(f"{ERASURES}/student", json=body, **as_key(OPS))

    assert (answer[0], answer[1]["code"]) == (status, code)


async def test_a_read_key_erases_nobody_and_neither_does_an_open_gateway(
    gateway: RunningGateway,
) -> None:
    employee = {"hemis_id": 1826, "confirm": "erase"}
    read_only = await gateway.post(f"{ERASURES}/employee", json=employee, **as_key(GUEST))
    async with running_gateway() as open_to_all:
        unnamed = await open_to_all.post(f"{ERASURES}/employee", json=employee)

    assert (read_only[0], read_only[1]["code"]) == (403, "read_only_key")
    assert (unnamed[0], unnamed[1]["code"]) == (403, "erasing_needs_a_key")
    assert gateway.commands() == open_to_all.commands() == []


async def test_an_erasure_that_is_not_done_in_time_is_a_202_with_its_location(
    gateway: RunningGateway,
) -> None:
    path = f"{ERASURES}/employee?wait=0"
    body = {"hemis_id": 1826, "confirm": "erase"}
    async with gateway.http.post(gateway.url + path, json=body, **as_key(OPS)) as answer:
        accepted = json.loads(await answer.text())
        location = answer.headers["Location"]
    _, found = await gateway.get(location, **as_key(OPS))
    unknown, _ = await gateway.get(f"{ERASURES}/nothing", **as_key(OPS))

    assert (answer.status, accepted["state"], accepted["hemisId"]) == (202, "requested", None)
    assert found == accepted
    assert unknown == 404


async def test_an_erased_person_is_not_synced_again(gateway: RunningGateway) -> None:
    def left_out(command: Command) -> list[Event]:
        found: SyncFetched = fetched(Outcome.NOT_FOUND, sync_id=command.sync_id, suppressed=1)
        return [found]

    async with workers(gateway, left_out):
        status, body = await gateway.post(
            "/api/hemis/sync/student", json={"hemis_id": 50421}, **as_key(OPS)
        )

    assert (status, body["code"]) == (409, "record_erased")
    assert body["detail"] == "This person was erased here, and is not fetched again"

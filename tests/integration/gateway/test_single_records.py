"""Single records over HTTP: found, not found, not finished."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.common.contracts.commands import Command, FetchRecords
from libs.common.contracts.enums import Kind, Outcome
from libs.common.contracts.events import Event
from tests.integration.gateway.running_gateway import (
    RunningGateway,
    running_gateway,
    started_only,
    workers,
)
from tests.unit.gateway.sample_messages import fetched, finished, started

pytestmark = pytest.mark.integration

STUDENT = "/api/hemis/sync/student"
EMPLOYEE = "/api/hemis/sync/employee"


@pytest.fixture
async def gateway() -> AsyncIterator[RunningGateway]:
    async with running_gateway() as running:
        yield running


async def test_a_synced_student_is_answered_with_the_outcome_of_the_row(
    gateway: RunningGateway,
) -> None:
    async with workers(gateway, found):
        status, body = await gateway.post(
            STUDENT, json={"hemis_id": 50421, "student_id_number": "326251200658"}
        )

    assert (status, body["hemisId"], body["outcome"]) == (200, 50421, "inserted")
    assert set(body) == {"syncId", "hemisId", "outcome"}


async def test_another_person_under_a_known_key_never_gets_the_first_ones_answer(
    gateway: RunningGateway,
) -> None:
    key = {"Idempotency-Key": "k1"}
    async with workers(gateway, found):
        _, first = await gateway.post(STUDENT, json={"hemis_id": 50421}, headers=key)
        body = {"hemis_id": 50422}
        async with gateway.http.post(gateway.url + STUDENT, json=body, headers=key) as answer:
            problem = await answer.json(content_type="application/problem+json")
        _, again = await gateway.post(STUDENT, json={"hemis_id": 50421}, headers=key)

    assert (answer.status, problem["code"]) == (422, "key_reused")
    assert problem["syncId"] == first["syncId"]
    assert "hemisId" not in problem
    assert again == first


async def test_one_employee_is_answered_for_all_positions(gateway: RunningGateway) -> None:
    async with workers(gateway, found):
        status, body = await gateway.post(EMPLOYEE, json={"employee_id_number": "3262311010"})

    assert (status, body["positions"], body["outcome"]) == (200, 2, "inserted")


async def test_a_single_record_is_answered_during_a_full_sync(gateway: RunningGateway) -> None:
    async with workers(gateway, found):
        _, full = await gateway.post("/api/hemis/sync/students")
        status, _ = await gateway.post(STUDENT, json={"hemis_id": 50421})
        _, progress = await gateway.get("/api/hemis/progress/students")

    assert status == 200
    assert progress["syncId"] == full["syncId"]


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Outcome.NOT_FOUND, 404, "record_not_found"),
        (Outcome.MISMATCH, 422, "record_mismatch"),
        (Outcome.FAILED, 502, "hemis_failed"),
        (Outcome.CANCELLED, 409, "sync_cancelled"),
    ],
)
async def test_a_single_record_that_was_not_synced_is_a_problem_with_its_own_code(
    gateway: RunningGateway, outcome: Outcome, status: int, code: str
) -> None:
    def end(command: Command) -> list[Event]:
        return [fetched(outcome, sync_id=command.sync_id, reason="HEMIS was away")]

    async with workers(gateway, end):
        answer = await gateway.post(STUDENT, json={"hemis_id": 1})

    assert (answer[0], answer[1]["code"]) == (status, code)


async def test_a_single_record_that_is_not_finished_in_time_is_a_202(
    gateway: RunningGateway,
) -> None:
    status, body = await gateway.post(f"{STUDENT}?wait=0", json={"hemis_id": 1})

    assert (status, body["status"]) == (202, "requested")


async def test_a_stop_ends_a_wait(gateway: RunningGateway) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(gateway.post(f"{STUDENT}?wait=30", json={"hemis_id": 1}))
        await gateway.has_commands(1)
        gateway.stop.set()

    assert waiting.result()[0] == 202


def found(command: Command) -> list[Event]:
    """Find every single record at once, as two positions of which one is new."""
    if not isinstance(command, FetchRecords):
        return started_only(command)
    mine: dict[str, Any] = {"sync_id": command.sync_id, "resource": command.resource}
    counts = {"distinct": 2, "inserted": 1, "updated": 0, "unchanged": 1}
    return [
        started(**mine, kind=Kind.SINGLE),
        fetched(**mine),
        finished(**mine, **counts, hemis_ids=(50421,)),
    ]

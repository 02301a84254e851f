"""The dead-letter desk: buried, mended at HEMIS, retried, loaded; or only discarded."""

from typing import Any

import pytest

from tests.e2e.system import Answer, System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

DESK = "/api/hemis/dead-letters"
STUDENT, EMPLOYEE, POSITIONS = "50421", "1826", 2


async def letters(system: System, query: str = "") -> list[Answer]:
    return list((await system.get(f"{DESK}?{query}"))["items"])


async def change(system: System, resource: str, name: str, values: dict[str, Any]) -> None:
    await system.control("records", {"resource": resource, "change": {name: values}})


async def retried(system: System, letter: Answer) -> Answer:
    status, accepted = await system.post(f"{DESK}/{letter['id']}/retry")
    assert status == 202, accepted
    return accepted


async def requests_of(system: System) -> int:
    return len(await system.control("requests?last=1000", method="GET"))


async def test_a_record_fixed_in_hemis_is_retried_and_no_dead_letter_is_left(
    system: System,
) -> None:
    await system.start_all(30, 10)
    await _bury_three_kinds(system)

    await _retry_before_it_is_mended(system)
    await change(system, "students", STUDENT, {"meta_id": 7, "email": "mended@example.uz"})
    await change(system, "employees", EMPLOYEE, {"year_of_enter": 2001})
    status, asked = await system.post(f"{DESK}/retry", {})
    assert (status, asked["asked"], asked["discardOnly"]) == (202, 1 + POSITIONS, 1)
    (left,) = await until(lambda: _only_one(system))

    await _discard(system, left)
    await _nothing_more_happens(system, str(asked["syncIds"][0]))
    await _assert_rows_are_as_hemis_has_them_now(system)


async def _assert_rows_are_as_hemis_has_them_now(system: System) -> None:
    schema = system.schema
    (student,) = await system.rows(
        f"SELECT meta_id, email FROM {schema}.students WHERE hemis_id = {STUDENT}"  # noqa: S608 — names of ours
    )
    positions = await system.rows(
        f"SELECT year_of_enter FROM {schema}.employee_positions WHERE hemis_id = {EMPLOYEE}"  # noqa: S608 — as above
    )
    assert (student["meta_id"], student["email"]) == (7, "mended@example.uz")
    assert [row["year_of_enter"] for row in positions] == [2001] * POSITIONS


async def _bury_three_kinds(system: System) -> None:
    """Values that cannot be loaded, items that are broken at HEMIS, and one without an id."""
    await change(system, "students", STUDENT, {"meta_id": 2**70})
    await change(system, "employees", EMPLOYEE, {"year_of_enter": "last year"})
    nobody = {"resource": "students", "insert_raw": [{"id": None, "full_name": "NOBODY"}]}
    await system.control("records", nobody)
    for resource in ("students", "employees"):
        progress = await system.sync(resource)
        assert (progress["status"], progress["complete"]) == ("completed", False)
    found = await until(lambda: letters(system))
    codes = sorted((letter["key"] or "").partition(":")[0] for letter in found)
    assert codes == sorted(["", STUDENT, *[EMPLOYEE] * POSITIONS])


async def _retry_before_it_is_mended(system: System) -> None:
    """It comes back under a new origin, counted, in the place of the first."""
    (letter,) = [one for one in await letters(system) if one["key"] == STUDENT]
    accepted = await retried(system, letter)

    async def came_back() -> list[Answer]:
        found = [one for one in await letters(system) if one["key"] == STUDENT]
        return found if [one["id"] for one in found] != [letter["id"]] and len(found) == 1 else []

    (back,) = await until(came_back)
    assert (back["syncId"], back["attempts"], back["state"]) == (accepted["syncId"], 1, "buried")
    whole = await system.get(f"{DESK}/{back['id']}")
    assert (whole["value"]["id"], whole["value"]["full_name"]) == (int(STUDENT), "<text>")


async def _only_one(system: System) -> list[Answer]:
    found = await letters(system)
    return found if len(found) == 1 else []


async def _discard(system: System, letter: Answer) -> None:
    refused, problem = await system.post(f"{DESK}/{letter['id']}/retry")
    assert (refused, problem["code"]) == (409, "not_retryable")
    status, _ = await system.post(f"{DESK}/{letter['id']}/discard")
    assert status == 200
    assert await letters(system) == []


async def _nothing_more_happens(system: System, retry: str) -> None:
    """A retry of what is loaded asks HEMIS for nothing."""
    before = await requests_of(system)
    letter = f"{system.environment['KAFKA_TOPIC_PREFIX']}.students-0-1"
    status, _ = await system.post(f"{DESK}/{letter}/retry")
    _, asked = await system.post(f"{DESK}/retry", {})
    report = await system.get(f"/api/hemis/syncs/{retry}")
    assert (status, asked["asked"], report["trigger"]) == (404, 0, "retry")
    assert await requests_of(system) == before

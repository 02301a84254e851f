"""People and positions that leave HEMIS, as its users see it; and too many bad records."""

from typing import Any

import pytest

from tests.e2e.system import Answer, System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def students_gone(system: System, *people: int) -> Answer:
    await system.control("records", {"resource": "students", "remove": list(people)})
    return await system.sync("students")


async def removals(system: System, sync_id: str, state: str) -> Answer:
    """Wait for a state; return the report's part on what was not seen."""

    async def reached() -> Answer | None:
        report = await system.get(f"/api/hemis/syncs/{sync_id}")
        found: Answer | None = report["removals"]
        return found if found is not None and found["state"] == state else None

    found = await until(reached)
    assert found is not None
    return found


async def some(system: System, count: int) -> list[int]:
    items = await system.source("students")
    return sorted(item["id"] for item in items if item["id"] != 50421)[:count]


async def removed_rows(system: System, table: str = "students") -> list[int]:
    sql = f"SELECT hemis_id FROM hemis.{table} WHERE removed_at IS NOT NULL ORDER BY 1"  # noqa: S608 — names of ours
    return [row["hemis_id"] for row in await system.rows(sql)]


async def test_marked_people_come_back_when_hemis_has_them_again(system: System) -> None:
    await system.start_all(students=100, HEMIS_REMOVED_POLICY="mark")
    await system.sync("students")
    item = next(item for item in await system.source("students") if item["id"] == 50421)

    progress = await students_gone(system, 50421)
    done = await removals(system, progress["syncId"], "done")

    assert (progress["complete"], progress["processedRecords"]) == (True, 99)
    assert (done["missing"], done["removed"]) == (1, 1)
    assert await removed_rows(system) == [50421]

    await system.control("records", {"resource": "students", "insert_raw": [item]})
    again = await system.sync("students")

    assert (again["updated"], again["unchanged"]) == (1, 99)
    assert await removed_rows(system) == []


async def test_policy_delete_deletes_missing_people_and_keeps_those_only_filtered_out(
    system: System,
) -> None:
    await system.start_all(students=200, HEMIS_REMOVED_POLICY="delete")
    await system.sync("students")
    graduate, gone = await some(system, 2)
    left = {"studentStatus": {"code": "14", "name": "Bitirgan"}}
    await system.control("records", {"resource": "students", "change": {str(graduate): left}})
    await system.programs["fetcher"].end()
    await system.start("fetcher", HEMIS_STUDENT_STATUS="11")
    await system.programs["loader"].end()
    await system.start("loader", HEMIS_REMOVED_POLICY="delete", HEMIS_REMOVED_LIMIT_PERCENT="100")
    await system.ready("loader")

    progress = await students_gone(system, gone)
    done = await removals(system, progress["syncId"], "done")
    rows = {row["hemis_id"] for row in await system.rows("SELECT hemis_id FROM hemis.students")}

    assert done["removed"] == 1
    assert rows == {item["id"] for item in await system.source("students")}
    assert graduate in rows
    assert gone not in rows


async def test_many_removals_at_once_are_held_until_approved(system: System) -> None:
    await system.start_all(students=100, HEMIS_REMOVED_POLICY="mark")
    await system.sync("students")
    people = await some(system, 10)

    progress = await students_gone(system, *people)
    sync_id = progress["syncId"]
    held = await removals(system, sync_id, "held")
    assert (held["missing"], held["limit"]) == (10, 5)
    assert await removed_rows(system) == []

    status, _ = await system.post(f"/api/hemis/syncs/{sync_id}/removals/approve")
    done = await removals(system, sync_id, "done")
    again, problem = await system.post(f"/api/hemis/syncs/{sync_id}/removals/approve")

    assert (status, done["removed"]) == (202, 10)
    assert await removed_rows(system) == people
    assert (again, problem["code"]) == (409, "nothing_held")


async def test_a_discarded_hold_removes_nobody_and_sends_no_request(system: System) -> None:
    await system.start_all(students=100, HEMIS_REMOVED_POLICY="mark")
    await system.sync("students")
    progress = await students_gone(system, *await some(system, 10))
    sync_id = progress["syncId"]
    await removals(system, sync_id, "held")

    status, _ = await system.post(f"/api/hemis/syncs/{sync_id}/removals/discard")
    await removals(system, sync_id, "discarded")
    unknown, _ = await system.post("/api/hemis/syncs/nobody/removals/discard")
    asked = await system.control("requests?last=1000", method="GET")

    assert (status, unknown) == (202, 404)
    assert not any("search=" in request["query"] for request in asked)
    assert await removed_rows(system) == []


async def test_an_outage_while_hemis_is_asked_removes_nobody(system: System) -> None:
    await system.start_all(students=100, HEMIS_REMOVED_POLICY="mark")
    await system.sync("students")
    fault = {"kind": "status", "endpoint": "student-list", "status": 500}
    await system.control("records", {"resource": "students", "remove": [50421]})
    sync_id = await system.request_sync("students")
    await until(lambda: _all_fetched(system, sync_id))
    await system.control("faults", fault)
    await system.ended("students", sync_id)
    await until(lambda: _asked_in_vain(system))

    assert (await removals(system, sync_id, "asking"))["removed"] == 0
    assert await removed_rows(system) == []

    await system.control("faults", method="DELETE")
    await removals(system, sync_id, "done")
    assert await removed_rows(system) == [50421]


async def _all_fetched(system: System, sync_id: str) -> bool:
    report = await system.get(f"/api/hemis/syncs/{sync_id}")
    return report["outcome"] is not None


async def _asked_in_vain(system: System) -> bool:
    requests = await system.control("requests?last=1000", method="GET")
    searches = [request for request in requests if "search=" in request["query"]]
    return any(request["status"] == 500 for request in searches)


async def test_a_vacated_position_is_closed_with_keep_and_gone_people_stay(
    system: System,
) -> None:
    await system.start_all(positions=80)
    await system.sync("employees")
    items = await system.source("employees")
    person, vacated = _of_several(items)
    alone = next(i["id"] for i in items if sum(o["id"] == i["id"] for o in items) == 1)
    await system.control(
        "records", {"resource": "employees", "remove": [f"{person}:{vacated}", alone]}
    )

    progress = await system.sync("employees")
    done = await removals(system, progress["syncId"], "done")
    await until(lambda: removed_rows(system, "employee_positions"))

    assert (done["missing"], done["vacated"], done["removed"]) == (0, 1, 1)
    assert await removed_rows(system, "employee_positions") == [person]
    assert await removed_rows(system, "employees") == []
    shown = await system.rows("SELECT meta_id FROM hemis.employees WHERE hemis_id = $1", person)
    assert shown[0]["meta_id"] != vacated


def _of_several(items: list[dict[str, Any]]) -> tuple[int, int]:
    """Find a position of a person who has others, all with a meta_id, and a number."""
    for item in items:
        theirs = [other for other in items if other["id"] == item["id"]]
        if len(theirs) > 1 and item.get("employee_id_number") and all(map(_has_meta, theirs)):
            return item["id"], item["meta_id"]
    raise LookupError("the simulator has nobody with two positions")


def _has_meta(item: dict[str, Any]) -> bool:
    return item.get("meta_id") is not None


async def test_too_many_rejects_pause_their_topic_only_until_resumed(system: System) -> None:
    await system.start_all(students=100)
    bad = [{"id": 900_000 + n, "full_name": {"first": "SINOVOV"}} for n in range(30)]
    await system.control("records", {"resource": "students", "insert_raw": bad})
    sync_id = await system.request_sync("students")
    await until(lambda: _is_paused(system))
    status, states = await system.ask("GET", "loader", "/readyz")
    employees = await system.sync("employees")

    assert status == 503
    assert any("students" in name and "paused" in state for name, state in states.items())
    assert employees["complete"] is True
    nothing, _ = await system.post("/api/hemis/loading/employees/resume")
    accepted, _ = await system.post("/api/hemis/loading/students/resume")
    progress = await system.ended("students", sync_id)

    assert (nothing, accepted) == (409, 202)
    assert (progress["complete"], progress["rejected"], progress["inserted"]) == (False, 30, 100)
    await system.ready("loader")


async def _is_paused(system: System) -> bool:
    progress = await system.get("/api/hemis/progress/students")
    return "Loading is paused" in progress["message"]

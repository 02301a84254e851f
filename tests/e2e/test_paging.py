"""A list that changes while it is read, and syncs of what changed."""

import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import Answer, System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]


async def test_an_incremental_sync_loads_the_changes_and_its_completeness_is_judged_by_them(
    system: System,
) -> None:
    await system.start_all(students=300)
    first = await incremental(system, "students")
    people = [item["id"] for item in await system.source("students")][:3]
    changes = {str(person): {"full_name": f"NAMUNA {person}"} for person in people}
    await system.control("records", {"resource": "students", "change": changes})

    second = await incremental(system, "students")
    employees = await incremental(system, "employees")

    assert (first["mode"], first["complete"], first["inserted"]) == ("full", True, 300)
    assert first["note"] == "No earlier complete sync to go on from: all students are fetched"
    assert (second["mode"], second["complete"], second["missing"]) == ("incremental", True, 0)
    assert second["totalRecords"] == second["distinct"] < 300
    assert second["updated"] == 3
    assert employees["mode"] == "full"
    await assert_tables_equal_the_source(system)


async def incremental(system: System, resource: str) -> Answer:
    status, answer = await system.post(f"/api/hemis/sync/{resource}?mode=incremental")
    assert status == 202, answer
    await system.ended(resource, answer["syncId"])
    return await system.get(f"/api/hemis/syncs/{answer['syncId']}")


async def test_people_who_join_or_leave_during_a_sync_remove_no_row(system: System) -> None:
    await system.start_all(students=600)
    for drift in ({"page": 5, "remove": 3}, {"page": 8, "add": 2}):
        await system.control("faults", {"kind": "drift", "times": 1, **drift})

    sync_id = await system.request_sync("students")
    await system.ended("students", sync_id)
    report = await system.get(f"/api/hemis/syncs/{sync_id}")

    found = {row["hemis_id"] for row in await system.rows("SELECT hemis_id FROM hemis.students")}
    assert {item["id"] for item in await system.source("students")} <= found
    assert (report["complete"], report["missing"], report["departed"]) == (True, 0, 3)
    assert (report["totalRecords"], report["distinct"]) == (599, 602)


async def test_a_total_off_by_one_is_tolerated_and_a_larger_difference_is_reported(
    system: System,
) -> None:
    await system.start_all(students=120)

    told = [await with_total_off_by(system, delta) for delta in (1, 4)]

    assert [(progress["complete"], progress["missing"]) for progress in told] == [
        (True, 1),
        (False, 4),
    ]
    assert [progress["errors"] for progress in told] == [
        [],
        ["Not complete: HEMIS counts 124 records and lists 120"],
    ]
    assert [progress["processedRecords"] for progress in told] == [120, 120]


async def with_total_off_by(system: System, delta: int) -> Answer:
    await system.control("faults", {"kind": "wrong_total", "delta": delta})
    progress = await system.sync("students")
    await system.control("faults", method="DELETE")
    return progress

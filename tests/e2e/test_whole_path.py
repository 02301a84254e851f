"""HEMIS → Kafka → PostgreSQL, as its users see it."""

import json

import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

GUIDE_FIELDS = {
    *("status", "startTime", "totalRecords", "processedRecords", "errors"),
    *("currentPage", "message"),
}


async def test_both_syncs_bring_every_record_and_a_second_run_rewrites_none(
    system: System,
) -> None:
    await system.start_all(students=300, positions=60)

    students = await system.sync("students")
    employees = await system.sync("employees")

    assert (students["status"], students["complete"]) == ("completed", True)
    assert students["totalRecords"] == students["processedRecords"] == 300
    assert (employees["status"], employees["complete"]) == ("completed", True)
    assert employees["totalRecords"] == 60
    await assert_tables_equal_the_source(system)

    before = await system.rows("SELECT hemis_id, xmin FROM hemis.students ORDER BY 1")
    again = await system.sync("students")

    assert (again["unchanged"], again["inserted"], again["updated"]) == (300, 0, 0)
    assert before == await system.rows("SELECT hemis_id, xmin FROM hemis.students ORDER BY 1")


async def test_the_seven_progress_fields_exist_before_any_sync(system: System) -> None:
    await system.start_all()

    for resource in ("students", "employees"):
        progress = await system.get(f"/api/hemis/progress/{resource}")

        assert progress.keys() >= GUIDE_FIELDS
        assert progress["status"] == "idle"


async def test_single_records_are_synced_during_a_full_sync(system: System) -> None:
    await system.start_all(students=400)
    sync_id = await system.request_sync("students")
    await until(lambda: _is_running(system))

    for body in (
        {"hemis_id": 50421, "student_id_number": "326251200658"},
        {"hemis_id": 50421},
        {"student_id_number": "326251200658"},
    ):
        status, answer = await system.post("/api/hemis/sync/student", body)
        assert (status, answer["hemisId"]) == (200, 50421), answer
    for body in (
        {"hemis_id": 1826, "employee_id_number": "3262311010"},
        {"hemis_id": 1826},
        {"employee_id_number": "3262311010"},
    ):
        status, answer = await system.post("/api/hemis/sync/employee", body)
        assert (status, answer["hemisId"]) == (200, 1826), answer

    assert (await system.ended("students", sync_id))["complete"] is True


async def _is_running(system: System) -> bool:
    progress = await system.get("/api/hemis/progress/students")
    return str(progress["message"]).startswith("Processing page ")


async def test_unknown_people_and_mismatched_people_are_reported_differently(
    system: System,
) -> None:
    await system.start_all()

    unknown, _ = await system.post("/api/hemis/sync/student", {"student_id_number": "1"})
    differ, _ = await system.post(
        "/api/hemis/sync/student", {"hemis_id": 50421, "student_id_number": "3"}
    )
    neither, problem = await system.post("/api/hemis/sync/student", {})

    assert unknown == 404
    assert differ in {404, 422}
    assert (neither, problem["status"]) == (422, 422)


async def test_a_page_that_always_fails_is_reported_and_all_others_are_loaded(
    system: System,
) -> None:
    await system.start_all(students=300)
    await system.control(
        "faults", {"kind": "status", "endpoint": "student-list", "page": 3, "status": 500}
    )

    progress = await system.sync("students")

    assert (progress["status"], progress["complete"]) == ("completed", False)
    assert any("page 3" in error.lower() for error in progress["errors"])
    assert progress["missing"] == 50
    assert len(await system.rows("SELECT FROM hemis.students")) == 250


async def test_a_page_that_fails_twice_costs_two_retries_and_no_error(system: System) -> None:
    await system.start_all(students=200)
    fault = {"kind": "status", "endpoint": "student-list", "page": 2, "status": 503, "times": 2}
    await system.control("faults", fault)

    progress = await system.sync("students")

    assert (progress["complete"], progress["retries"], progress["errors"]) == (True, 2, [])


async def test_bad_records_are_dead_letters_and_all_others_load(system: System) -> None:
    await system.start_all(students=100)
    bad = [{"full_name": "NOBODY"}, {"id": 990001, "full_name": {"first": "SINOVOV"}}, "text"]
    await system.control("records", {"resource": "students", "insert_raw": bad})

    progress = await system.sync("students")

    assert (progress["status"], progress["complete"]) == ("completed", False)
    assert (progress["rejected"], len(progress["errors"])) == (3, 3)
    assert progress["processedRecords"] == 103
    assert "SINOVOV" not in json.dumps(progress)
    assert len(await system.rows("SELECT FROM hemis.students")) == 100


async def test_a_student_who_is_gone_from_hemis_keeps_the_row(system: System) -> None:
    await system.start_all(students=100)
    await system.sync("students")
    await system.control("records", {"resource": "students", "remove": [50421]})

    progress = await system.sync("students")

    assert (progress["complete"], progress["processedRecords"]) == (True, 99)
    assert await system.rows("SELECT FROM hemis.students WHERE hemis_id = 50421")

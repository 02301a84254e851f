"""A rebuild makes the tables what the topics hold, and touches nothing else."""

import pytest

from libs.common.contracts.resources import Resource
from tests.integration.loader.delete_topics import delete_topics
from tests.integration.loader.loader_system import LoaderSystem, position, student, until
from tests.integration.loader.run_rebuild import OURS, rebuild

pytestmark = pytest.mark.integration

TABLES = ("students", "employee_positions", "employees")


async def test_a_lost_database_is_rebuilt_and_a_loader_continues(system: LoaderSystem) -> None:
    await _load_people(system)
    before = [await system.table(name, *OURS) for name in TABLES]
    await system.rows("DROP SCHEMA hemis CASCADE")

    printed = await rebuild(system)
    after = [await system.table(name, *OURS) for name in TABLES]
    offsets = await system.table("offsets")
    async with system.loader():
        await system.sync("s3", [student(n) for n in range(1, 61)])
        report = await system.report("s3")

    assert "students   table empty; from the log: 50 rows" in printed
    assert after == before
    assert sum(row["next_offset"] for row in offsets) == 50 + 30
    assert (report.inserted, report.unchanged) == (10, 50)


async def test_rows_changed_added_and_removed_by_hand_are_corrected(system: LoaderSystem) -> None:
    await _load_people(system)
    before = [await system.table(name, *OURS) for name in TABLES]
    await system.rows("UPDATE students SET full_name = 'BOSHQA' WHERE hemis_id = 7")
    await system.rows("DELETE FROM students WHERE hemis_id IN (8, 9)")
    await system.rows(
        "INSERT INTO students (hemis_id, content_hash, fetched_at) VALUES (777, '', now())"
    )
    await system.rows("UPDATE employee_positions SET contract_number = 'x' WHERE hemis_id = 3")
    await system.rows("UPDATE employees SET full_name = 'BOSHQA' WHERE hemis_id = 4")
    await system.rows("DELETE FROM employees WHERE hemis_id = 5")

    printed = await rebuild(system)
    again = await rebuild(system)

    assert [await system.table(name, *OURS) for name in TABLES] == before
    assert "students   1 row different from the log, corrected: 7\n" in printed
    assert "students   2 rows in the log only, corrected: 8, 9\n" in printed
    assert "students   1 row in the table only, corrected: 777\n" in printed
    assert "employees  3 rows different from the log, corrected: 3:30, 3:31, 3:32\n" in printed
    assert again.count("nothing differs") == 2


async def test_a_corrected_row_is_the_only_one_that_is_written(system: LoaderSystem) -> None:
    await _load_people(system)
    before = await system.rows("SELECT hemis_id, xmin FROM students ORDER BY 1")
    await system.rows("UPDATE students SET full_name = 'BOSHQA' WHERE hemis_id = 7")

    await rebuild(system)

    after = await system.rows("SELECT hemis_id, xmin FROM students ORDER BY 1")
    assert [old["hemis_id"] for old, new in zip(before, after, strict=True) if old != new] == [7]


async def test_a_dry_run_says_the_same_and_changes_nothing(system: LoaderSystem) -> None:
    await _load_people(system)
    await system.rows("UPDATE students SET full_name = 'BOSHQA' WHERE hemis_id = 7")
    await system.rows("DELETE FROM employees WHERE hemis_id = 5")
    before = [await _everything(system, name) for name in (*TABLES, "offsets", "wishes")]

    printed = await rebuild(system, dry_run=True)

    assert [await _everything(system, name) for name in (*TABLES, "offsets", "wishes")] == before
    assert "students   1 row different from the log, to be corrected: 7\n" in printed
    assert "employees  1 row of employees to be recreated\n" in printed
    assert "Dry run: nothing was changed" in printed


async def test_one_resource_can_be_rebuilt_alone(system: LoaderSystem) -> None:
    await _load_people(system)
    await system.rows("DELETE FROM students")
    await system.rows("DELETE FROM employees")

    await rebuild(system, Resource.STUDENTS)

    assert (len(await system.table("students")), await system.table("employees")) == (50, [])


async def test_rows_removed_at_the_source_stay_removed(system: LoaderSystem) -> None:
    await _load_people(system)
    async with system.loader():
        await system.page("t", [None], keys=["7"])
        await system.page("t", [None], Resource.EMPLOYEES, keys=["3:30"])
        await until(lambda: _is_closed(system))
    before = [await system.table(name, *OURS) for name in TABLES]
    await system.rows(
        "INSERT INTO students (hemis_id, content_hash, fetched_at) VALUES (7, '', 'epoch')"
    )
    await system.rows(
        "UPDATE employee_positions SET removed_at = NULL, fetched_at = 'epoch'"
        " WHERE position_key = '30'"
    )

    printed = await rebuild(system)

    after = [await system.table(name, *OURS) for name in TABLES]
    assert "students   1 row removed at the source, corrected: 7\n" in printed
    assert "employees  1 row removed at the source, corrected: 3:30\n" in printed
    assert after == before


async def test_a_row_whose_newest_record_is_a_dead_letter_stays_and_is_named(
    system: LoaderSystem,
) -> None:
    await _load_people(system)
    async with system.loader():
        await system.sync("s3", [student(7, birth_date="SINOVOV")])
        await system.report("s3")
    await system.rows("UPDATE students SET email = 'kept@example.uz' WHERE hemis_id = 7")

    printed = await rebuild(system)

    row = (await system.rows("SELECT email FROM students WHERE hemis_id = 7"))[0]
    assert row["email"] == "kept@example.uz"
    assert "1 row kept, their newest record is a dead letter: 7\n" in printed


async def test_a_key_that_is_still_to_be_fetched_again_is_left_alone(system: LoaderSystem) -> None:
    await _load_people(system)
    await system.rows("INSERT INTO wishes (resource, key, hemis_id) VALUES ('students', '7', 7)")
    await system.rows(
        "INSERT INTO wishes (resource, key, hemis_id) VALUES ('students', '777', 777)"
    )
    await system.rows("UPDATE students SET email = 'kept@example.uz' WHERE hemis_id = 7")
    await system.rows(
        "INSERT INTO students (hemis_id, content_hash, fetched_at) VALUES (777, '', now())"
    )

    printed = await rebuild(system)

    kept = await system.rows("SELECT hemis_id, email FROM students WHERE hemis_id IN (7, 777)")
    assert {row["hemis_id"]: row["email"] for row in kept} == {7: "kept@example.uz", 777: None}
    assert "2 rows kept, to be fetched from HEMIS again: 7, 777\n" in printed


async def test_a_late_older_record_does_not_replace_a_newer_one(system: LoaderSystem) -> None:
    await system.make_topics()
    await system.page("s1", [student(1, email="older@example.uz")])
    old = system.now()
    await system.page("s1", [student(1, email="new@example.uz")])
    await system.page("s1", [student(1, email="frozen@example.uz")], ce_time=old)

    await rebuild(system)

    rows = await system.table("students")
    wishes = await system.table("wishes")
    assert [row["email"] for row in rows] == ["new@example.uz"]
    assert [wish["key"] for wish in wishes] == ["1"]


async def test_rows_that_a_recreated_topic_lacks_are_not_deleted(system: LoaderSystem) -> None:
    await _load_people(system)
    await delete_topics(system)
    await system.make_topics()
    await system.page("s9", [student(n, email="new@example.uz") for n in range(1, 31)])

    printed = await rebuild(system)

    rows = await system.table("students")
    assert [row["email"] for row in rows] == ["new@example.uz"] * 30 + [None] * 20
    assert "20 rows kept, not in the log, which is not the one that was loaded: 31, 32" in printed


async def test_records_of_a_running_sync_are_left_for_a_loader_to_count(
    system: LoaderSystem,
) -> None:
    await system.sync("s1", [student(n) for n in range(1, 51)])

    printed = await rebuild(system)
    rebuilt = await system.table("students")
    async with system.loader():
        report = await system.report("s1")

    assert "students   50 newer records are left to the loaders, which count them\n" in printed
    assert rebuilt == []
    assert (report.inserted, report.complete) == (50, True)


async def _load_people(system: LoaderSystem) -> None:
    """Have 50 students and 10 people with three positions each, all loaded and reported."""
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 51)])
        positions = [position(n, 10 * n + at) for n in range(1, 11) for at in range(3)]
        await system.sync("s2", positions, Resource.EMPLOYEES)
        await system.report("s1")
        await system.report("s2")


async def _everything(system: LoaderSystem, name: str) -> list[object]:
    return await system.rows(f"SELECT xmin, * FROM {name} ORDER BY 2, 3")  # type: ignore[return-value]  # noqa: S608 — names of ours


async def _is_closed(system: LoaderSystem) -> bool:
    sql = "SELECT FROM employee_positions WHERE removed_at IS NOT NULL"
    return bool(await system.rows(sql)) and not await system.rows(
        "SELECT FROM students WHERE hemis_id = 7"
    )

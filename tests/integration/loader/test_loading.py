"""Records become rows, once, and every sync gets its report."""

import pytest

from libs.common.contracts.commands import COMMANDS, FetchRecords, WantedRecord
from libs.common.contracts.enums import Outcome, Trigger
from libs.common.contracts.events import RecordRejected, RecordsLoaded
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_system import LoaderSystem, position, student, until

pytestmark = pytest.mark.integration


async def test_a_sync_is_reported_when_its_every_record_is_in_the_table(
    system: LoaderSystem,
) -> None:
    await system.sync("s1", [student(n) for n in range(1, 201)])

    async with system.loader():
        report = await system.report("s1")
        rows = await system.table("students")

    assert (report.complete, report.inserted, report.distinct) == (True, 200, 200)
    assert [row["hemis_id"] for row in rows] == list(range(1, 201))
    assert rows[0]["gender_name"] == "Erkak"


async def test_the_same_content_again_rewrites_no_row(system: LoaderSystem) -> None:
    items = [student(n) for n in range(1, 101)]
    async with system.loader():
        await system.sync("s1", items)
        await system.report("s1")
        before = await system.rows("SELECT hemis_id, xmin, synced_at FROM students ORDER BY 1")

        await system.sync("s2", [*items[:99], student(100, email="a@example.uz")])
        report = await system.report("s2")
        after = await system.rows("SELECT hemis_id, xmin, synced_at FROM students ORDER BY 1")

    assert (report.unchanged, report.updated, report.inserted) == (99, 1, 0)
    assert before[:99] == after[:99]


async def test_a_page_that_came_twice_counts_once(system: LoaderSystem) -> None:
    async with system.loader():
        await system.start("s1")
        await system.page("s1", [student(n) for n in range(50)][1:])
        await until(lambda: system.table("students"))
        ends = await system.page("s1", [student(n) for n in range(50)][1:])
        await system.fetched("s1", ends, 49)
        report = await system.report("s1")

    assert (report.inserted, report.unchanged, report.distinct) == (49, 0, 49)


async def test_a_record_that_can_never_load_becomes_a_dead_letter_and_the_others_load(
    system: LoaderSystem,
) -> None:
    bad = student(7, birth_date="SINOVOV")
    async with system.loader():
        await system.sync("s1", [student(n) if n != 7 else bad for n in range(1, 51)])
        report = await system.report("s1")

    letters = await system.read(system.topics.dead_letters)
    headers = dict(letters[0].headers)
    rejected = [e for e in await system.events("s1") if isinstance(e, RecordRejected)]
    assert (report.complete, report.inserted, report.rejected) == (False, 49, 1)
    assert len(letters) == 1
    assert (letters[0].key or b"").startswith(f"{system.topics.prefix}.students-".encode())
    assert b"SINOVOV" in (letters[0].value or b"")
    assert headers["reason"] == b"birth_date: expected a number"
    assert (rejected[0].record, rejected[0].code) == ("7", "wrong_type")


async def test_a_record_that_only_postgresql_refuses_becomes_a_dead_letter(
    system: LoaderSystem,
) -> None:
    # Beyond what jsonb can hold, which no check of ours knows.
    bad = {"id": 33, "score": 1}
    async with system.loader():
        await system.start("s1")
        items = [student(n) for n in range(1, 65)]
        items[32] = bad
        ends = await system.page("s1", items)
        raw = b'{"id": 99, "score": 1e200000}'
        ends |= await system.page_of_bytes("s1", "99", raw)
        await system.fetched("s1", ends, 65)
        report = await system.report("s1")

    letters = await system.read(system.topics.dead_letters)
    assert (report.inserted, report.rejected) == (64, 1)
    assert [letter.value for letter in letters] == [raw]


async def test_a_stale_record_is_refused_and_fetched_again(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.start("s1")
        old = system.now()
        await system.page("s1", [student(1, email="new@example.uz")])
        await system.page("s1", [student(1, email="old@example.uz")], ce_time=old)

        async def asked() -> list[FetchRecords]:
            found = [
                COMMANDS.decode(r.value or b"") for r in await system.read(system.topics.commands)
            ]
            return [c for c in found if isinstance(c, FetchRecords)]

        commands = await until(asked)
        rows = await system.table("students")

        await system.page("s1", [student(1, email="newest@example.uz")])
        await until(lambda: _granted(system))

    assert rows[0]["email"] == "new@example.uz"
    assert commands[0].records == (WantedRecord(hemis_id=1),)
    assert commands[0].trigger is Trigger.HEAL


async def _granted(system: LoaderSystem) -> bool:
    return not await system.table("wishes")


async def test_a_tombstone_deletes_the_student(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", [student(1), student(2)])
        await system.report("s1")
        await system.start("s2")
        await system.page("s2", [None], keys=["1"])

        rows = await until(lambda: _only_second(system))

    assert rows == [2]


async def _only_second(system: LoaderSystem) -> list[int]:
    found = [row["hemis_id"] for row in await system.table("students")]
    return found if len(found) == 1 else []


async def test_an_employee_row_is_the_main_position(system: LoaderSystem) -> None:
    groups = [{"id": 301, "name": "101-24"}]
    main = {"code": "11", "name": "Asosiy ish joy"}
    async with system.loader():
        await system.sync(
            "s1",
            [
                position(1826, 2600, tutorGroups=groups),
                position(1826, 2700, employmentForm=main, tutorGroups=[*groups, {"id": 302}]),
                position(1826, 2500, employmentForm=main, employeeStatus={"code": "14"}),
                position(1827, 2800),
            ],
            Resource.EMPLOYEES,
        )
        report = await system.report("s1")
        people = await system.table("employees")
        positions = await system.table("employee_positions")

        await system.page("s1", [None], Resource.EMPLOYEES, keys=["1826:2700"])
        moved = await until(lambda: _main_position(system, 1826, 2600))

    assert (report.inserted, len(positions)) == (4, 4)
    assert [(row["hemis_id"], row["meta_id"]) for row in people] == [(1826, 2700), (1827, 2800)]
    assert people[0]["tutor_groups"] == '[{"id": 302}, {"id": 301, "name": "101-24"}]'
    assert moved


async def _main_position(system: LoaderSystem, person: int, meta_id: int) -> bool:
    people = {row["hemis_id"]: row["meta_id"] for row in await system.table("employees")}
    return bool(people[person] == meta_id)


async def test_a_failed_sync_has_a_row_of_its_own(system: LoaderSystem) -> None:
    async with system.loader():
        await system.start("s1")
        ends = await system.page("s1", [student(1)])
        await system.fetched("s1", ends, 2, outcome=Outcome.FAILED)
        rows = await until(lambda: system.rows("SELECT * FROM syncs WHERE ended_at IS NOT NULL"))

    assert (rows[0]["outcome"], rows[0]["complete"], rows[0]["inserted"]) == ("failed", False, 1)


async def test_totals_are_published_until_the_topic_shows_them(system: LoaderSystem) -> None:
    async with system.loader():
        await system.start("s1")
        await system.page("s1", [student(1)])
        await until(lambda: system.table("students"))
        # As after a crash between the commit and the announcement.
        await system.rows("UPDATE syncs SET revision = revision + 5, unchanged = 3")

        async def said() -> list[RecordsLoaded]:
            events = [e for e in await system.events("s1") if isinstance(e, RecordsLoaded)]
            return [event for event in events if event.unchanged == 3]

        assert await until(said)

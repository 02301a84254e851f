"""Rows that PostgreSQL does not let go are named, not counted, and tried again."""

from functools import partial

import pytest

from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import ErasureLoaded
from libs.common.contracts.records import ERASED, RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Message
from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.integration.loader.missing_people import answer, asked, counted, two_syncs, with_policy
from tests.integration.loader.run_rebuild import rebuild

pytestmark = pytest.mark.integration

STUDENTS = Resource.STUDENTS
SILENT = "PostgreSQL reports no error and the row is still there"


def loans(person: int, when: str = "") -> tuple[str, str, str]:
    table = f"loans_{person}"
    made = (
        f"CREATE TABLE {table} (student bigint CONSTRAINT {table}_student"  # noqa: S608 — our own words
        f" REFERENCES students {when}); INSERT INTO {table} VALUES ({person})"
    )
    said = f"(SQLSTATE 23503), table hemis.{table}, constraint {table}_student"
    return made, f"DROP TABLE {table}", said


def trigger(person: int, body: str, said: str) -> tuple[str, str, str]:
    made = (
        f"CREATE FUNCTION keep_{person}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body} END $$; CREATE TRIGGER own_{person} BEFORE DELETE ON students"
        f" FOR EACH ROW WHEN (OLD.hemis_id = {person}) EXECUTE FUNCTION keep_{person}()"
    )
    return made, f"DROP TRIGGER own_{person} ON students", said


# What makes one DELETE fail or do nothing: how it is made, how it is ended, what is said.
KEEPERS: dict[int, tuple[str, str, str]] = {
    1: loans(1),
    2: loans(2, "DEFERRABLE INITIALLY DEFERRED"),
    3: trigger(3, "RAISE EXCEPTION 'SINOVOV stays';", "(SQLSTATE P0001), function keep_3"),
    4: trigger(4, "PERFORM * FROM nowhere;", "(SQLSTATE 42P01), function keep_4"),
    5: trigger(5, "RETURN NULL;", SILENT),
    6: (
        "CREATE RULE own AS ON DELETE TO students WHERE OLD.hemis_id = 6 DO INSTEAD NOTHING",
        "DROP RULE own ON students",
        SILENT,
    ),
    7: (
        "ALTER TABLE students ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        " CREATE POLICY a ON students USING (true);"
        " CREATE POLICY b ON students AS RESTRICTIVE FOR DELETE USING (hemis_id <> 7)",
        "ALTER TABLE students NO FORCE ROW LEVEL SECURITY",
        SILENT,
    ),
}
FOREIGN_KEY = KEEPERS[1]


async def publish_erasure(system: LoaderSystem, sync_id: str, *people: str) -> None:
    """Publish what the fetcher publishes when students are erased."""
    messages = []
    for place, key in enumerate(people):
        origin = RecordOrigin(
            resource=STUDENTS,
            sync_id=sync_id,
            page=0,
            place=place,
            source="x",
            ce_time=system.now(),
        )
        headers = (*record_headers(origin, key, b""), ERASED)
        messages.append(Message(system.topics.records(STUDENTS), key, None, headers))
    await system.producer.publish(messages)


async def said_of(system: LoaderSystem, erasure_id: str) -> list[str]:
    events = await system.events(erasure_id)
    return [event.reason for event in events if isinstance(event, ErasureLoaded)]


async def ids(system: LoaderSystem) -> list[int]:
    return [row[0] for row in await system.rows("SELECT hemis_id FROM students ORDER BY 1")]


async def due_now(system: LoaderSystem) -> None:
    """Let what is tried every ten seconds be due."""
    await system.execute(
        "UPDATE undeleted SET tried_at = 'epoch'; UPDATE erasures SET tried_at = 'epoch'"
    )


async def test_an_erasure_is_complete_when_no_row_is_left_and_until_then_its_reason_is_published(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 10)])
        await system.report("s1")
        for made, _, _ in KEEPERS.values():
            await system.execute(made)
        for person in range(1, 9):
            await publish_erasure(system, f"e{person}", str(person))
        first = {n: (await until(partial(said_of, system, f"e{n}")))[0] for n in range(1, 9)}
        standing = await ids(system)

        for _, ended, _ in KEEPERS.values():
            await system.execute(ended)
        await due_now(system)
        await until(partial(_has, system, [9]))
        for person in range(1, 9):
            await until(partial(_said, system, f"e{person}", ""))
        await until(partial(_is_empty, system, "erasures"))

    assert all(said in first[person] for person, (_, _, said) in KEEPERS.items())
    assert "SINOVOV" not in str(first)
    assert first[8] == ""
    assert standing == [*KEEPERS, 9]
    assert await system.read(system.topics.dead_letters) == []


async def test_the_erasure_of_a_person_whose_row_is_kept_is_retried(
    system: LoaderSystem,
) -> None:
    made, ended, _ = FOREIGN_KEY
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 4)])
        await system.report("s1")
        await system.execute(made)
        await publish_erasure(system, "s2", "1", "2")
        await until(partial(_has, system, [1, 3]))
        await system.execute(ended)
        await due_now(system)

        await until(partial(_has, system, [3]))


async def _said(system: LoaderSystem, erasure_id: str, reason: str) -> bool:
    return reason in await said_of(system, erasure_id)


async def _is_empty(system: LoaderSystem, table: str) -> bool:
    return await system.rows(f"SELECT FROM {table}") == []


async def test_a_removal_counts_rows_only_once_they_are_removed(
    system: LoaderSystem,
) -> None:
    made, ended, reason = FOREIGN_KEY
    async with with_policy(system, "delete").loader():
        await two_syncs(system, range(1, 41), range(3, 41))
        await system.execute(made)
        await asked(system)
        await system.page("s2", [None, None], keys=["1", "2"])
        await answer(system, keys=("1", "2"), tombstones=("1", "2"))
        first = await until(lambda: _removed(system, 1))
        await until(lambda: system.rows("SELECT FROM undeleted WHERE reason <> ''"))
        kept = await system.rows("SELECT key, reason FROM undeleted")
        await system.execute(ended)
        await due_now(system)
        await until(lambda: _removed(system, 2))

    assert first
    assert [row["key"] for row in kept] == ["1"]
    assert reason in kept[0]["reason"]
    assert await ids(system) == list(range(3, 41))
    assert await system.read(system.topics.dead_letters) == []


async def _removed(system: LoaderSystem, count: int) -> bool:
    return (await counted(system, RemovalState.DONE)).removed == count


async def test_a_row_that_cannot_be_marked_is_not_counted_and_stops_no_loader(
    system: LoaderSystem,
) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(3, 41))
        await system.execute("ALTER TABLE students ADD CHECK (hemis_id > 1 OR removed_at IS NULL)")
        await answer(system, keys=("1", "2"))
        done = await counted(system, RemovalState.DONE)
        kept = await system.rows("SELECT key FROM undeleted")

    assert done.removed == 1
    assert [row["key"] for row in kept] == ["1"]


async def test_a_row_that_came_back_is_not_removed(system: LoaderSystem) -> None:
    made, ended, _ = FOREIGN_KEY
    async with system.loader():
        await system.sync("s1", [student(1), student(2)])
        await system.report("s1")
        await system.execute(made)
        await system.page("s2", [None], keys=["1"])
        await until(lambda: system.rows("SELECT FROM undeleted"))
        await system.sync("s3", [student(1), student(2)])
        report = await system.report("s3")
        await system.execute(ended)

    assert report.unchanged == 2
    assert await system.rows("SELECT FROM undeleted") == []


@pytest.mark.parametrize("keeper", [FOREIGN_KEY, trigger(1, "RETURN NULL;", SILENT)])
async def test_a_rebuild_and_a_dry_run_name_a_row_that_postgresql_keeps(
    system: LoaderSystem, keeper: tuple[str, str, str]
) -> None:
    made, ended, reason = keeper
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 4)])
        await system.report("s1")
        await system.page("s2", [None, None], keys=["1", "2"])
        await until(lambda: _has(system, [3]))
    for number in (1, 2):
        await system.execute(
            "INSERT INTO students (hemis_id, content_hash, fetched_at)"  # noqa: S608 — a number
            f" VALUES ({number}, 'x', '2020-01-01')"
        )
    await system.execute(made)

    foretold = await rebuild(system, STUDENTS, dry_run=True)
    untouched = await ids(system)
    said = await rebuild(system, STUDENTS)
    left = await ids(system)
    await system.execute(ended)
    after = await rebuild(system, STUDENTS)

    for told in (foretold, said):
        assert "PostgreSQL refuses: 1 (" in told
        assert reason in told
    assert untouched == [1, 2, 3]
    assert left == [1, 3]
    assert "PostgreSQL refuses" not in after
    assert await ids(system) == [3]


async def _has(system: LoaderSystem, wanted: list[int]) -> bool:
    return await ids(system) == wanted

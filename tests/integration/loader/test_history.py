"""The tables tell who is new, who left, who came back, and what an update changed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.contracts.records import ERASED, RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment
from libs.common.kafka.ports import Message
from tests.integration.loader.loader_system import LoaderSystem, position, student, until
from tests.integration.loader.run_rebuild import rebuild

pytestmark = pytest.mark.integration

EMPLOYEES = Resource.EMPLOYEES


def groups(*people: int, group: str = "101-24") -> list[dict[str, Any]]:
    return [student(n, group={"id": 7, "name": group}) for n in people]


async def synced(system: LoaderSystem, sync_id: str, *items: list[dict[str, Any]]) -> datetime:
    """Run a complete sync of these students; return when it started."""
    await system.sync(sync_id, [item for part in items for item in part])
    return moment((await system.report(sync_id)).started_at)


async def unlisted(system: LoaderSystem, table: str = "students") -> dict[int, datetime]:
    rows = await system.rows(
        f"SELECT hemis_id, unlisted_since FROM {table} WHERE unlisted_since IS NOT NULL"  # noqa: S608 — names of ours
    )
    return {row[0]: row[1] for row in rows}


async def changes(system: LoaderSystem) -> dict[tuple[str, int], str]:
    rows = await system.rows("SELECT sync_id, hemis_id, columns::text FROM changes")
    return {(row[0], row[1]): row[2] for row in rows}


@pytest.mark.parametrize("policy", ["keep", "mark", "delete"])
async def test_four_syncs_are_told_as_they_were(system: LoaderSystem, policy: str) -> None:
    async with system.loader(hemis_removed_policy=policy):
        await synced(system, "s1", groups(*range(1, 41)))
        assert await changes(system) == {}
        before = datetime.now(UTC)

        second = await synced(
            system, "s2", groups(*range(11, 46)), groups(*range(4, 11), group="201-24")
        )
        assert await unlisted(system) == dict.fromkeys((1, 2, 3), second)
        new = await system.rows("SELECT hemis_id FROM students WHERE first_seen_at > $1", before)
        assert {row[0] for row in new} == set(range(41, 46))
        changed = '{"group_name": ["101-24", "201-24"]}'
        assert await changes(system) == {("s2", n): changed for n in range(4, 11)}

        await system.page("single", groups(1))
        await until(lambda: _is_listed(system, 1))

        third = await synced(
            system, "s3", groups(*range(11, 46), 2), groups(*range(4, 11), 3, group="201-24")
        )
        assert await unlisted(system) == {1: third}
        came_back = await system.rows("SELECT sync_id, hemis_id FROM changes WHERE hemis_id = 3")
        assert [tuple(row) for row in came_back] == [("s3", 3)]

        fourth = await synced(
            system, "s4", groups(*range(11, 46), 2), groups(*range(4, 11), 3, group="201-24")
        )
        assert third < fourth
        assert await unlisted(system) == {1: third}


async def _is_listed(system: LoaderSystem, hemis_id: int) -> bool:
    return hemis_id not in await unlisted(system)


async def test_a_person_is_listed_while_one_position_is(system: LoaderSystem) -> None:
    both = [position(1, 10), position(1, 11), position(2, 20)]
    async with system.loader():
        await system.sync("s1", both, EMPLOYEES)
        await system.report("s1")
        await system.sync("s2", both[:1], EMPLOYEES)
        began = moment((await system.report("s2")).started_at)

        assert await unlisted(system, "employees") == {2: began}
        positions = await system.rows(
            "SELECT meta_id FROM employee_positions WHERE unlisted_since IS NOT NULL ORDER BY 1"
        )
        assert [row[0] for row in positions] == [11, 20]

        await system.sync("s3", both, EMPLOYEES)
        await system.report("s3")
        assert await unlisted(system, "employees") == {}


async def test_nothing_is_noted_of_changes_where_they_are_kept_for_no_day(
    system: LoaderSystem,
) -> None:
    async with system.loader(changes_keep_days=0):
        await synced(system, "s1", groups(1))
        await synced(system, "s2", groups(1, group="201-24"))

        assert await changes(system) == {}


async def test_months_that_are_too_old_are_dropped_and_other_partitions_stay(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        pass
    await system.execute(
        "CREATE TABLE changes_2020_01 PARTITION OF changes"
        " FOR VALUES FROM ('2020-01-01+00') TO ('2020-02-01+00');"
        "CREATE TABLE changes_2020_02 PARTITION OF changes"
        " FOR VALUES FROM ('2020-02-01+00') TO ('2020-03-01+00');"
        "CREATE VIEW report AS SELECT * FROM changes_2020_02;"
        "CREATE TABLE changes_old PARTITION OF changes"
        " FOR VALUES FROM ('2019-01-01+00') TO ('2020-01-01+00')"
    )

    await system.execute("SELECT keep_changes(365)")

    found = await system.rows(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = 'changes'::regclass"
    )
    names = {row[0] for row in found}
    assert "changes_2020_01" not in names
    assert {"changes_default", "changes_2020_02", "changes_old"} < names
    assert len(names) == 5


async def test_a_missing_partition_keeps_no_record_from_being_loaded(system: LoaderSystem) -> None:
    async with system.loader():
        await synced(system, "s1", groups(1))
        months = await system.rows(
            "SELECT relname FROM pg_class WHERE relname ~ '^changes_[0-9]' AND relkind = 'r'"
        )
        await system.execute(";".join(f"DROP TABLE {row[0]}" for row in months))
        await synced(system, "s2", groups(1, group="201-24"))

        assert set(await changes(system)) == {("s2", 1)}


async def test_records_that_are_read_again_into_an_empty_database_are_no_changes(
    system: LoaderSystem,
) -> None:
    async with system.loader(loader_batch_records=1):
        await synced(system, "s1", groups(1, 2))
        await synced(system, "s2", groups(1, 2, group="201-24"))
    await system.rows("DROP SCHEMA hemis CASCADE")

    async with system.loader(loader_batch_records=1):
        await until(lambda: _has_groups(system, "201-24", 2))
        assert await changes(system) == {}


async def _has_groups(system: LoaderSystem, group: str, count: int) -> bool:
    found = await system.rows("SELECT FROM students WHERE group_name = $1", group)
    return len(found) == count


async def test_changes_of_an_erased_person_are_erased(system: LoaderSystem) -> None:
    async with system.loader():
        await synced(system, "s1", groups(1, 2))
        await synced(system, "s2", groups(1, 2, group="201-24"))
        origin = RecordOrigin(
            resource=Resource.STUDENTS,
            sync_id="e",
            page=0,
            place=0,
            source="x",
            ce_time=system.now(),
        )
        headers = (*record_headers(origin, "1", b""), ERASED)
        topic = system.topics.records(Resource.STUDENTS)
        await system.producer.publish([Message(topic, "1", None, headers)])
        await until(lambda: _has_students(system, 1))

        assert set(await changes(system)) == {("s2", 2)}


async def _has_students(system: LoaderSystem, count: int) -> bool:
    return len(await system.table("students")) == count


async def test_a_rebuild_beside_the_tables_keeps_what_they_tell_of_the_past(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await synced(system, "s1", groups(*range(1, 41)))
        await synced(system, "s2", groups(*range(2, 41), group="201-24"))
    before = [await system.table(name) for name in ("students", "changes")]

    await rebuild(system)

    assert [await system.table(name) for name in ("students", "changes")] == before


async def test_what_is_read_again_from_the_topic_does_not_list_anybody_again(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await synced(system, "s1", groups(*range(1, 41)))
        began = await synced(system, "s2", groups(*range(2, 41)))
    await system.rows("UPDATE offsets SET last_record = 'another topic'")

    async with system.loader():
        await until(lambda: system.rows("SELECT FROM offsets WHERE reread_until IS NULL"))
        assert await unlisted(system) == {1: began}

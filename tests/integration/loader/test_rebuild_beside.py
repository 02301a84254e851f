"""A rebuild beside what goes on: loaders, readers, other rebuilds; and one that dies."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import pytest

from libs.common.contracts.resources import Resource
from services.loader.rebuild.readers.pool import ReaderFailed
from services.loader.rebuild.rebuild import AnotherRebuild
from tests.integration.loader.loader_on_servers import World, position, student, until
from tests.integration.loader.run_rebuild import OURS, rebuild, rebuilding

pytestmark = pytest.mark.integration

TABLES = ("students", "employee_positions", "employees")


async def test_a_sync_in_flight_ends_right_while_rebuilds_come_between(world: World) -> None:
    items = [student(n) for n in range(1, 1001)]
    async with world.loader():
        await world.start("s1")
        ends: dict[str, int] = {}
        async with asyncio.TaskGroup() as tasks:
            rebuilds = tasks.create_task(_rebuild_times(world, 3))
            for first in range(0, 1000, 50):
                ends |= await world.page("s1", items[first : first + 50])
                await world.page("s1", items[first : first + 10])
            ends |= await world.page("s1", items[:100])
        await world.fetched("s1", ends, 1000)
        report = await world.report("s1")
        assert "read" in rebuilds.result()
        await rebuild(world)
        await world.sync("s2", items)
        again = await world.report("s2")

    rows = await world.table("students")
    assert (report.inserted, report.updated, report.unchanged) == (1000, 0, 0)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 1000)
    assert [row["hemis_id"] for row in rows] == list(range(1, 1001))


async def test_readers_views_and_grants_do_not_notice(world: World) -> None:
    await _load(world, 300)
    await world.rows("CREATE VIEW hemis.names AS SELECT hemis_id, full_name FROM hemis.students")
    await world.rows("UPDATE students SET full_name = 'BOSHQA' WHERE hemis_id <= 100")
    async with _polling(world) as seen:
        await rebuild(world)
    granted = await world.rows(
        "SELECT has_table_privilege('hemis_reader', 'hemis.students', 'SELECT')"
    )

    assert seen == {(300, 100), (300, 0)}
    assert granted[0][0] is True


async def test_a_rebuild_that_dies_while_reading_leaves_all_as_it_was(world: World) -> None:
    await _load(world, 2000)
    await world.rows("DELETE FROM students WHERE hemis_id = 7")
    before = await world.rows("SELECT xmin, * FROM students ORDER BY hemis_id")

    async with rebuilding(world) as child:
        await until(lambda: _shadows(world))
        child.kill()
        await child.wait()
    after = await world.rows("SELECT xmin, * FROM students ORDER BY hemis_id")
    printed = await until(lambda: _rebuild_when_alone(world))

    assert after == before
    assert "1 row in the log only, mended: 7\n" in printed
    assert not await _shadows(world)


async def test_a_rebuild_that_dies_before_its_commit_leaves_all_as_it_was(world: World) -> None:
    await _load(world, 300)
    await world.rows("DELETE FROM students WHERE hemis_id = 7")
    before = [await world.table(name) for name in (*TABLES, "offsets")]

    async with _locked(world, "employees"), rebuilding(world) as child:
        await until(lambda: _waits_for_a_lock(world))
        child.kill()
        await child.wait()
    printed = await until(lambda: _rebuild_when_alone(world))
    offsets = await world.table("offsets", "epoch")

    assert "1 row in the log only, mended: 7\n" in printed
    assert offsets == [{k: v for k, v in row.items() if k != "epoch"} for row in before[3]]
    assert len(await world.table("students")) == 300


async def test_its_progress_can_be_asked_for_while_it_runs(
    world: World, free_port: Callable[[], int]
) -> None:
    await _load(world, 300)
    port = free_port()
    world.settings = world.settings.model_copy(update={"loader_health_port": port})

    async with (
        _locked(world, "employees"),
        rebuilding(world),
        aiohttp.ClientSession() as session,
    ):
        await until(lambda: _waits_for_a_lock(world))
        async with session.get(f"http://127.0.0.1:{port}/metrics") as response:
            told = await response.text()

    assert "hemis_loader_rebuild_records_found 301.0" in told
    assert "hemis_loader_rebuild_records_read_total 301.0" in told


async def test_a_stop_before_the_commit_leaves_all_as_it_was(world: World) -> None:
    await _load(world, 300)
    await world.rows("DELETE FROM students WHERE hemis_id = 7")
    before = [await world.table(name) for name in (*TABLES, "offsets")]

    async with _locked(world, "employees"), rebuilding(world) as child:
        await until(lambda: _waits_for_a_lock(world))
        child.send_signal(signal.SIGTERM)
        printed, _ = await child.communicate()

    assert child.returncode == 0
    assert b"Stopped; the tables are as they were" in printed
    assert [await world.table(name) for name in (*TABLES, "offsets")] == before
    assert not await _shadows(world)


async def test_the_command_rebuilds_with_any_number_of_readers(world: World) -> None:
    await _load(world, 300)
    before = await world.table("students", *OURS)
    for count in ("1", "3"):
        await world.rows("DROP SCHEMA hemis CASCADE")
        async with rebuilding(world, "--processes", count) as child:
            printed, _ = await child.communicate()

        assert child.returncode == 0
        assert b"read 301 of 301 records" in printed
        assert await world.table("students", *OURS) == before


async def test_two_rebuilds_at_once_are_one_too_many(world: World) -> None:
    await _load(world, 10)
    connection = await asyncpg.connect(world.settings.database_url.get_secret_value())
    await connection.execute("SELECT pg_advisory_lock(4877022, hashtext('hemis'))")

    with pytest.raises(AnotherRebuild):
        await rebuild(world)

    await connection.close()


async def test_a_reader_that_dies_ends_the_rebuild_loudly(world: World) -> None:
    await _load(world, 10)
    await world.rows("DELETE FROM students WHERE hemis_id = 7")
    before = await world.table("students")

    with pytest.raises(ReaderFailed, match="reader 2 died"):
        await rebuild(world, deaths=1)

    assert await world.table("students") == before
    assert not await _shadows(world)


async def _load(world: World, students: int) -> None:
    async with world.loader():
        await world.sync("l1", [student(n) for n in range(1, students + 1)])
        await world.sync("l2", [position(1, 10)], Resource.EMPLOYEES)
        await world.report("l1")
        await world.report("l2")


async def _rebuild_times(world: World, times: int) -> str:
    return "".join([await rebuild(world) for _ in range(times)])


async def _rebuild_when_alone(world: World) -> str:
    """Wait until PostgreSQL has noticed the death of the one before."""
    try:
        return await rebuild(world)
    except AnotherRebuild:
        return ""


async def _shadows(world: World) -> bool:
    return bool(await world.rows("SELECT FROM pg_tables WHERE tablename LIKE 'shadow%'"))


async def _waits_for_a_lock(world: World) -> bool:
    sql = (
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name = 'hemis-rebuild' AND datname = current_database()"
    )
    return bool(await world.rows(sql))


@asynccontextmanager
async def _locked(world: World, table: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(world.settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE hemis.{table} IN ROW EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def _polling(world: World) -> AsyncIterator[set[tuple[int, int]]]:
    """Read through the view, over and over; collect how many rows there are, and how many wrong."""
    seen: set[tuple[int, int]] = set()
    connection = await asyncpg.connect(world.settings.database_url.get_secret_value())
    sql = "SELECT count(*), count(*) FILTER (WHERE full_name = 'BOSHQA') FROM hemis.names"

    async def look() -> None:
        while True:
            seen.add(tuple(await connection.fetchrow(sql)))  # type: ignore[arg-type]

    await connection.execute("SELECT 1")
    polling = asyncio.ensure_future(look())
    try:
        yield seen
        await until(lambda: _seen_twice(seen))
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await connection.close()


async def _seen_twice(seen: set[tuple[int, int]]) -> bool:
    return len(seen) > 1

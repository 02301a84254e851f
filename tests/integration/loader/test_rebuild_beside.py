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
from tests.integration.loader.loader_system import LoaderSystem, position, student, until
from tests.integration.loader.run_rebuild import OURS, rebuild, rebuild_command

pytestmark = pytest.mark.integration

TABLES = ("students", "employee_positions", "employees")


async def test_a_running_sync_completes_with_exact_counts_during_rebuilds(
    system: LoaderSystem,
) -> None:
    items = [student(n) for n in range(1, 1001)]
    async with system.loader():
        await system.start("s1")
        ends: dict[str, int] = {}
        async with asyncio.TaskGroup() as tasks:
            rebuilds = tasks.create_task(_rebuild_times(system, 3))
            for first in range(0, 1000, 50):
                ends |= await system.page("s1", items[first : first + 50])
                await system.page("s1", items[first : first + 10])
            ends |= await system.page("s1", items[:100])
        await system.fetched("s1", ends, 1000)
        report = await system.report("s1")
        assert "read" in rebuilds.result()
        await rebuild(system)
        await system.sync("s2", items)
        again = await system.report("s2")

    rows = await system.table("students")
    assert (report.inserted, report.updated, report.unchanged) == (1000, 0, 0)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 1000)
    assert [row["hemis_id"] for row in rows] == list(range(1, 1001))


async def test_a_rebuild_keeps_readers_views_and_grants(system: LoaderSystem) -> None:
    await _load(system, 300)
    await system.rows("CREATE VIEW hemis.names AS SELECT hemis_id, full_name FROM hemis.students")
    await system.rows("UPDATE students SET full_name = 'BOSHQA' WHERE hemis_id <= 100")
    async with _polling(system) as seen:
        await rebuild(system)
    granted = await system.rows(
        "SELECT has_table_privilege('hemis_reader', 'hemis.students', 'SELECT')"
    )

    assert seen == {(300, 100), (300, 0)}
    assert granted[0][0] is True


async def test_a_rebuild_killed_while_reading_changes_no_table(system: LoaderSystem) -> None:
    await _load(system, 2000)
    await system.rows("DELETE FROM students WHERE hemis_id = 7")
    before = await system.rows("SELECT xmin, * FROM students ORDER BY hemis_id")

    async with rebuild_command(system) as child:
        await until(lambda: _shadows(system))
        child.kill()
        await child.wait()
    after = await system.rows("SELECT xmin, * FROM students ORDER BY hemis_id")
    printed = await until(lambda: _rebuild_when_alone(system))

    assert after == before
    assert "1 row in the log only, corrected: 7\n" in printed
    assert not await _shadows(system)


async def test_a_rebuild_killed_before_its_commit_changes_no_table(
    system: LoaderSystem,
) -> None:
    await _load(system, 300)
    await system.rows("DELETE FROM students WHERE hemis_id = 7")
    before = [await system.table(name) for name in (*TABLES, "offsets")]

    async with _locked(system, "employees"), rebuild_command(system) as child:
        await until(lambda: _waits_for_a_lock(system))
        child.kill()
        await child.wait()
    printed = await until(lambda: _rebuild_when_alone(system))
    offsets = await system.table("offsets", "epoch")

    assert "1 row in the log only, corrected: 7\n" in printed
    assert offsets == [{k: v for k, v in row.items() if k != "epoch"} for row in before[3]]
    assert len(await system.table("students")) == 300


async def test_a_running_rebuild_serves_metrics_of_its_progress(
    system: LoaderSystem, free_port: Callable[[], int]
) -> None:
    await _load(system, 300)
    port = free_port()
    system.settings = system.settings.model_copy(update={"loader_health_port": port})

    async with (
        _locked(system, "employees"),
        rebuild_command(system),
        aiohttp.ClientSession() as session,
    ):
        await until(lambda: _waits_for_a_lock(system))
        async with session.get(f"http://127.0.0.1:{port}/metrics") as response:
            told = await response.text()

    assert "hemis_loader_rebuild_records_found 301.0" in told
    assert "hemis_loader_rebuild_records_read_total 301.0" in told


async def test_a_rebuild_stopped_before_its_commit_changes_no_table(system: LoaderSystem) -> None:
    await _load(system, 300)
    await system.rows("DELETE FROM students WHERE hemis_id = 7")
    before = [await system.table(name) for name in (*TABLES, "offsets")]

    async with _locked(system, "employees"), rebuild_command(system) as child:
        await until(lambda: _waits_for_a_lock(system))
        child.send_signal(signal.SIGTERM)
        printed, _ = await child.communicate()

    assert child.returncode == 0
    assert b"Stopped; the tables are as they were" in printed
    assert [await system.table(name) for name in (*TABLES, "offsets")] == before
    assert not await _shadows(system)


async def test_the_command_rebuilds_with_any_number_of_readers(system: LoaderSystem) -> None:
    await _load(system, 300)
    before = await system.table("students", *OURS)
    for count in ("1", "3"):
        await system.rows("DROP SCHEMA hemis CASCADE")
        async with rebuild_command(system, "--processes", count) as child:
            printed, _ = await child.communicate()

        assert child.returncode == 0
        assert b"read 301 of 301 records" in printed
        assert await system.table("students", *OURS) == before


async def test_a_second_rebuild_of_the_schema_is_refused(system: LoaderSystem) -> None:
    await _load(system, 10)
    connection = await asyncpg.connect(system.settings.database_url.get_secret_value())
    await connection.execute("SELECT pg_advisory_lock(4877022, hashtext('hemis'))")

    with pytest.raises(AnotherRebuild):
        await rebuild(system)

    await connection.close()


async def test_a_rebuild_fails_when_a_reader_dies(system: LoaderSystem) -> None:
    await _load(system, 10)
    await system.rows("DELETE FROM students WHERE hemis_id = 7")
    before = await system.table("students")

    with pytest.raises(ReaderFailed, match="reader 2 died"):
        await rebuild(system, deaths=1)

    assert await system.table("students") == before
    assert not await _shadows(system)


async def _load(system: LoaderSystem, students: int) -> None:
    async with system.loader():
        await system.sync("l1", [student(n) for n in range(1, students + 1)])
        await system.sync("l2", [position(1, 10)], Resource.EMPLOYEES)
        await system.report("l1")
        await system.report("l2")


async def _rebuild_times(system: LoaderSystem, times: int) -> str:
    return "".join([await rebuild(system) for _ in range(times)])


async def _rebuild_when_alone(system: LoaderSystem) -> str:
    """Wait until PostgreSQL has noticed the death of the one before."""
    try:
        return await rebuild(system)
    except AnotherRebuild:
        return ""


async def _shadows(system: LoaderSystem) -> bool:
    return bool(await system.rows("SELECT FROM pg_tables WHERE tablename LIKE 'shadow%'"))


async def _waits_for_a_lock(system: LoaderSystem) -> bool:
    sql = (
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name = 'hemis-rebuild' AND datname = current_database()"
    )
    return bool(await system.rows(sql))


@asynccontextmanager
async def _locked(system: LoaderSystem, table: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(system.settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE hemis.{table} IN ROW EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def _polling(system: LoaderSystem) -> AsyncIterator[set[tuple[int, int]]]:
    """Read through the view, over and over; collect how many rows there are, and how many wrong."""
    seen: set[tuple[int, int]] = set()
    connection = await asyncpg.connect(system.settings.database_url.get_secret_value())
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

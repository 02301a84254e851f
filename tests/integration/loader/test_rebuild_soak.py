"""A rebuild of 100,000 students while a sync runs and people read; `make soak`."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.integration.loader.run_rebuild import rebuild_command

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(1800)]

STUDENTS = 100_000
WRONG = 1_000
PAGE = 2_000

logger = logging.getLogger(__name__)


async def test_readers_see_complete_tables_while_a_hundred_thousand_are_rebuilt(
    system: LoaderSystem,
) -> None:
    """A view depends on the table, a reader polls it, and a sync writes all the while."""
    async with system.loader():
        await _load(system)
        await system.execute("CREATE VIEW names AS SELECT hemis_id, full_name FROM students")
        await system.rows(f"UPDATE students SET full_name = 'BOSHQA' WHERE hemis_id <= {WRONG}")  # noqa: S608 — a number of ours
        before = await system.rows("SELECT hemis_id, xmin FROM students ORDER BY 1")
        rehearsed = await _rebuild(system, "--dry-run")
        assert await system.rows("SELECT hemis_id, xmin FROM students ORDER BY 1") == before

        async with _syncing(system), _polling(system) as seen:
            printed = await _rebuild(system)
        report = await system.report("s2", 120)
        again = await _rebuild(system, "--dry-run")

    logger.warning("polls: %s; rebuild: %s", dict(seen), printed.splitlines()[-1])
    assert f"{WRONG:,} rows different from the log, to be corrected" in rehearsed
    assert f"{WRONG:,} rows different from the log, corrected" in printed
    assert set(seen) == {(STUDENTS, WRONG), (STUDENTS, 0)}
    assert (report.updated, report.inserted, report.complete) == (PAGE, 0, True)
    assert "nothing differs" in again
    assert _checksums(again)[0] == _checksums(again)[1]


async def _load(system: LoaderSystem) -> None:
    await system.start("s1")
    ends: dict[str, int] = {}
    for first in range(1, STUDENTS + 1, PAGE):
        page = [student(n) for n in range(first, first + PAGE)]
        ends |= await system.page("s1", page)
    await system.fetched("s1", ends, STUDENTS)
    await system.report("s1", 600)


async def _rebuild(system: LoaderSystem, *words: str) -> str:
    async with rebuild_command(system, "--resource", "students", *words) as child:
        assert child.stdout is not None
        printed = (await child.stdout.read()).decode()
        assert await child.wait() == 0
    return printed


@asynccontextmanager
async def _syncing(system: LoaderSystem) -> AsyncIterator[None]:
    """Run a sync that changes a page of students, few at a time, until the context ends."""
    await system.start("s2")
    people = iter(range(STUDENTS - PAGE + 1, STUDENTS + 1))
    ends: dict[str, int] = {}
    over = asyncio.Event()

    async def publish() -> None:
        for number in people:
            changed = student(number, email=f"{number}@example.uz")
            ends.update(await system.page("s2", [changed]))
            if not over.is_set():
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as tasks:
        publishing = tasks.create_task(publish())
        yield
        over.set()
        await publishing
    await system.fetched("s2", ends, PAGE)


@asynccontextmanager
async def _polling(system: LoaderSystem) -> AsyncIterator[Counter[tuple[int, int]]]:
    """Read through the view, over and over: how many rows there are, and how many wrong."""
    seen: Counter[tuple[int, int]] = Counter()
    connection = await asyncpg.connect(system.settings.database_url.get_secret_value())
    sql = "SELECT count(*), count(*) FILTER (WHERE full_name = 'BOSHQA') FROM hemis.names"

    async def look() -> None:
        while True:
            ((rows, wrong),) = await connection.fetch(sql)
            seen[rows, wrong] += 1

    polling = asyncio.ensure_future(look())
    try:
        yield seen
        mended = (STUDENTS, 0)
        await until(lambda: _answer(seen[mended] > 0))
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await connection.close()


async def _answer(value: bool) -> bool:  # noqa: FBT001 — an answer, no switch
    return value


def _checksums(printed: str) -> list[str]:
    """Of the log, and of the table."""
    line = next(line for line in printed.splitlines() if "checksum" in line)
    return [part.partition("checksum ")[2].split()[0] for part in line.split(" · ")]

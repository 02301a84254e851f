"""Too many rejects pause a topic until a person resumes it."""

from typing import Any

import pytest

from libs.common.contracts.commands import ResumeLoading
from libs.common.contracts.events import LoadingPaused
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_system import LoaderSystem, position, student, until

pytestmark = pytest.mark.integration


def students(good: int, bad: int) -> list[dict[str, Any]]:
    return [student(n, **{"birth_date": "x"} if n <= bad else {}) for n in range(1, good + bad + 1)]


async def paused(system: LoaderSystem, sync_id: str) -> LoadingPaused:
    async def found() -> LoadingPaused | None:
        events = await system.events(sync_id)
        return next((event for event in events if isinstance(event, LoadingPaused)), None)

    pause = await until(found)
    assert pause is not None
    return pause


async def test_too_many_rejects_pause_their_topic_only_and_the_sync_waits(
    system: LoaderSystem,
) -> None:
    topic = system.topics.records(Resource.STUDENTS)
    async with system.loader() as readiness:
        await system.sync("s1", students(good=100, bad=30))
        pause = await paused(system, "s1")
        await until(lambda: _says(readiness.states(), f"loading {topic}"))
        await system.page("later", [student(999)])
        await system.sync("s2", [position(1, 10)], Resource.EMPLOYEES)
        employees = await system.report("s2")

        assert (pause.rejected, pause.records, pause.limit_percent) == (30, 130, 5)
        assert not readiness.ready()
        assert employees.complete
        assert await system.rows("SELECT FROM students WHERE hemis_id = 999") == []
        assert (await system.rows("SELECT ended_at FROM syncs WHERE sync_id = 's1'"))[0][0] is None


async def _says(states: dict[str, str], name: str) -> bool:
    return states.get(name, "").startswith("paused")


async def test_a_pause_survives_a_restart_and_ends_when_a_person_resumes(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", students(good=100, bad=30))
        await paused(system, "s1")
    await system.page("later", [student(999)])

    async with system.loader(ready=False) as readiness:
        await until(lambda: _says(readiness.states(), f"loading {system.topics.prefix}.students"))
        assert await system.rows("SELECT FROM students WHERE hemis_id = 999") == []

        await system.command(ResumeLoading, "s1")
        report = await system.report("s1")
        await until(lambda: system.rows("SELECT FROM students WHERE hemis_id = 999"))
        await until(lambda: _is(readiness.ready()))

    assert (report.complete, report.inserted, report.rejected) == (False, 100, 30)
    assert len([e for e in await system.events("s1") if isinstance(e, LoadingPaused)]) == 1


async def _is(value: bool) -> bool:  # noqa: FBT001 — an answer
    return value


async def test_an_expired_resume_or_one_for_another_sync_changes_nothing(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", students(good=100, bad=30))
        await paused(system, "s1")
        await system.command(ResumeLoading, "s1", expires_at=1)
        await system.command(ResumeLoading, "other")
        await system.sync("s2", [position(1, 10)], Resource.EMPLOYEES)
        await system.report("s2")

        assert (await system.rows("SELECT ended_at FROM syncs WHERE sync_id = 's1'"))[0][0] is None


async def test_a_pause_comes_back_with_a_database_that_was_lost(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", students(good=100, bad=30))
        await paused(system, "s1")
    await system.rows("DROP SCHEMA hemis CASCADE")

    async with system.loader(ready=False) as readiness:
        await until(lambda: _says(readiness.states(), f"loading {system.topics.prefix}.students"))
        await system.command(ResumeLoading, "s1")
        report = await system.report("s1")

    assert (report.inserted, report.rejected, report.distinct) == (100, 30, 130)


async def test_twenty_rejects_never_pause(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", students(good=1, bad=20))
        report = await system.report("s1")

    assert report.rejected == 20

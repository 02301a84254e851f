"""Unknown fields are kept in ``extra``, and named once per sync."""

import json

import pytest

from libs.common.contracts.events import SourceDrifted
from tests.integration.loader.loader_system import LoaderSystem, student, until

pytestmark = pytest.mark.integration


async def test_unknown_fields_are_kept_and_named_once_per_sync(system: LoaderSystem) -> None:
    await system.make_topics()
    async with system.loader(), system.loader():
        await system.start("s1")
        await system.page("s1", [student(n) for n in range(1, 40)])
        await system.page("s1", [student(n, score=n) for n in range(40, 80)])
        group = {"id": 1, "name": "101-24", "curator": "SINOVOV"}
        ends = await system.page("s1", [student(n, group=group) for n in range(80, 120)])
        await system.fetched("s1", ends, 119)
        await system.report("s1")
        # Gone from the table as soon as the topic is seen to hold it.
        await until(lambda: said(system))

    extra = {r["hemis_id"]: r["extra"] for r in await system.table("students")}
    drifted = [event for event in await system.events("s1") if isinstance(event, SourceDrifted)]
    assert [event.fields for event in drifted] == [("group.curator", "score")]
    assert json.loads(extra[40]) == {"score": 40}
    assert json.loads(extra[80]) == {"group": {"curator": "SINOVOV"}}


async def said(system: LoaderSystem) -> bool:
    drifted = [event for event in await system.events("s1") if isinstance(event, SourceDrifted)]
    return bool(drifted) and not await system.table("sync_drift")


async def test_a_sync_without_unknown_fields_publishes_none(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 40)])
        await system.report("s1")

        assert await system.table("sync_drift") == []

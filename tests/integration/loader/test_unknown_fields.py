"""What HEMIS sends and nobody here knows is kept, and named once per sync."""

import json

import pytest

from libs.common.contracts.events import SourceDrifted
from tests.integration.loader.loader_on_servers import World, student, until

pytestmark = pytest.mark.integration


async def test_unknown_fields_are_kept_and_named_once_per_sync(world: World) -> None:
    await world.make_topics()
    async with world.loader(), world.loader():
        await world.start("s1")
        await world.page("s1", [student(n) for n in range(1, 40)])
        await world.page("s1", [student(n, score=n) for n in range(40, 80)])
        group = {"id": 1, "name": "101-24", "curator": "SINOVOV"}
        ends = await world.page("s1", [student(n, group=group) for n in range(80, 120)])
        await world.fetched("s1", ends, 119)
        await world.report("s1")
        # Gone from the table as soon as the topic is seen to hold it.
        await until(lambda: said(world))

    extra = {r["hemis_id"]: r["extra"] for r in await world.table("students")}
    drifted = [event for event in await world.events("s1") if isinstance(event, SourceDrifted)]
    assert [event.fields for event in drifted] == [("group.curator", "score")]
    assert json.loads(extra[40]) == {"score": 40}
    assert json.loads(extra[80]) == {"group": {"curator": "SINOVOV"}}


async def said(world: World) -> bool:
    drifted = [event for event in await world.events("s1") if isinstance(event, SourceDrifted)]
    return bool(drifted) and not await world.table("sync_drift")


async def test_a_sync_without_anything_new_says_nothing(world: World) -> None:
    async with world.loader():
        await world.sync("s1", [student(n) for n in range(1, 40)])
        await world.report("s1")

        assert await world.table("sync_drift") == []

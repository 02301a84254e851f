"""A progress topic that lost its end: what the tables know is said again."""

import pytest

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import RemovalsCounted, SyncFetched, SyncFinished, SyncStarted
from libs.common.kafka.ports import Message
from tests.integration.loader.delete_topics import delete_topics
from tests.integration.loader.loader_on_servers import World, student, until
from tests.integration.loader.missing_people import with_policy

pytestmark = pytest.mark.integration

_SAID_BEFORE = (SyncStarted, SyncFetched)


async def _held(world: World) -> None:
    """End two syncs, the second of which holds the removal of what it did not see."""
    await world.sync("s1", [student(n) for n in range(1, 101)])
    await world.report("s1")
    await world.sync("s2", [student(n) for n in range(1, 51)])
    await world.report("s2")
    await until(lambda: _counted(world))


async def _counted(world: World) -> list[RemovalsCounted]:
    events = [e for e in await world.events("s2") if isinstance(e, RemovalsCounted)]
    return [event for event in events if event.state is RemovalState.HELD]


async def _lose_the_end(world: World) -> None:
    """Have the topic as it was just before the second sync was reported."""
    events = [event for name in ("s1", "s2") for event in await world.events(name)]
    kept = [e for e in events if e.sync_id == "s1" or isinstance(e, _SAID_BEFORE)]
    await delete_topics(world, [world.topics.progress])
    await world.make_topics()
    messages = [Message(world.topics.progress, event.sync_id, encode(event)) for event in kept]
    await world.producer.publish(messages)


async def _said_again(world: World) -> None:
    async def reported() -> list[SyncFinished]:
        return [e for e in await world.events("s2") if isinstance(e, SyncFinished)]

    (report, *_) = await until(reported)
    assert (report.distinct, report.complete) == (50, True)
    assert await until(lambda: _counted(world))


async def test_a_report_and_a_hold_that_the_topic_lost_are_said_again_by_a_running_loader(
    world: World,
) -> None:
    async with with_policy(world, "mark").loader():
        await _held(world)
        await _lose_the_end(world)

        await _said_again(world)


async def test_a_report_and_a_hold_that_the_topic_lost_are_said_again_after_a_start(
    world: World,
) -> None:
    async with with_policy(world, "mark").loader():
        await _held(world)
    await _lose_the_end(world)

    async with with_policy(world, "mark").loader():
        await _said_again(world)

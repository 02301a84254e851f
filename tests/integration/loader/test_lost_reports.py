"""What a shortened progress topic has lost is published again."""

import pytest

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import RemovalsCounted, SyncFetched, SyncFinished, SyncStarted
from libs.common.kafka.ports import Message
from tests.integration.loader.delete_topics import delete_topics
from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.integration.loader.missing_people import with_policy

pytestmark = pytest.mark.integration

_SAID_BEFORE = (SyncStarted, SyncFetched)


async def _held(system: LoaderSystem) -> None:
    """End two syncs, the second of which holds the removal of what it did not see."""
    await system.sync("s1", [student(n) for n in range(1, 101)])
    await system.report("s1")
    await system.sync("s2", [student(n) for n in range(1, 51)])
    await system.report("s2")
    await until(lambda: _counted(system))


async def _counted(system: LoaderSystem) -> list[RemovalsCounted]:
    events = [e for e in await system.events("s2") if isinstance(e, RemovalsCounted)]
    return [event for event in events if event.state is RemovalState.HELD]


async def _lose_the_end(system: LoaderSystem) -> None:
    """Have the topic as it was just before the second sync was reported."""
    events = [event for name in ("s1", "s2") for event in await system.events(name)]
    kept = [e for e in events if e.sync_id == "s1" or isinstance(e, _SAID_BEFORE)]
    await delete_topics(system, [system.topics.progress])
    await system.make_topics()
    messages = [Message(system.topics.progress, event.sync_id, encode(event)) for event in kept]
    await system.producer.publish(messages)


async def _said_again(system: LoaderSystem) -> None:
    async def reported() -> list[SyncFinished]:
        return [e for e in await system.events("s2") if isinstance(e, SyncFinished)]

    (report, *_) = await until(reported)
    assert (report.distinct, report.complete) == (50, True)
    assert await until(lambda: _counted(system))


async def test_a_running_loader_publishes_a_lost_report_and_a_lost_hold_again(
    system: LoaderSystem,
) -> None:
    async with with_policy(system, "mark").loader():
        await _held(system)
        await _lose_the_end(system)

        await _said_again(system)


async def test_a_starting_loader_publishes_a_lost_report_and_a_lost_hold_again(
    system: LoaderSystem,
) -> None:
    async with with_policy(system, "mark").loader():
        await _held(system)
    await _lose_the_end(system)

    async with with_policy(system, "mark").loader():
        await _said_again(system)

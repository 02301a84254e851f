"""Every example keeps its copy right, whatever happens to it and to the topic."""

from datetime import timedelta
from functools import partial

import pytest

from tests.e2e.system import System, until
from tests.examples import world
from tests.examples.readers import Copy, Reader
from tests.examples.topic import HandWritten

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]


async def test_copies_survive_a_kill_in_the_middle_and_equal_the_source(
    system: System, readers: list[Reader], bootstrap_servers: str, topic_prefix: str
) -> None:
    await system.start_all(students=300, HEMIS_REMOVED_POLICY="delete", HEMIS_RETRY_ATTEMPTS="100")
    sync_id = await world.hold_in_the_middle(system)
    await start(readers)
    for reader in readers:
        await until(partial(holds_something, reader))
    await kill(readers)
    halves = {reader.example.language: len(reader.copy()) for reader in readers}

    await world.change(system)
    await world.let_go(system)
    await system.ended("students", sync_id)
    await world.sync_with_removals(system)
    await system.kill("loader")  # it would have the late one fetched again
    topic = HandWritten(bootstrap_servers, f"{topic_prefix}.students")
    await topic.publish(50421, "TOO LATE", age=timedelta(hours=1))
    await topic.publish(990001, "LAST")
    await start(readers)

    await all_hold(readers, await world.truth(system) | {990001: ("LAST", None)})
    for reader in readers:
        half = halves[reader.example.language]
        assert 0 < half <= world.HELD_AFTER
        assert reader.began_with() == [0, half]


async def test_a_copy_of_a_topic_that_was_made_anew_is_begun_anew(
    readers: list[Reader], bootstrap_servers: str, topic_prefix: str
) -> None:
    before = await HandWritten.created(bootstrap_servers, f"{topic_prefix}.before")
    after = await HandWritten.created(bootstrap_servers, f"{topic_prefix}.after")
    await before.publish(50421, "GONE SINCE")
    await before.publish(50422, "STAYS")
    await after.publish(50422, "STAYS")
    await start(readers, TOPIC=before.name)
    await all_hold(readers, {50421: ("GONE SINCE", None), 50422: ("STAYS", None)})
    await kill(readers)

    await start(readers, TOPIC=after.name)

    await all_hold(readers, {50422: ("STAYS", None)})
    assert {tuple(reader.began_with()) for reader in readers} == {(0, 0)}


async def test_a_copy_that_may_have_missed_a_tombstone_is_begun_anew(
    readers: list[Reader], bootstrap_servers: str, topic_prefix: str
) -> None:
    topic = await HandWritten.created(bootstrap_servers, f"{topic_prefix}.students")
    await topic.publish(50422, "STAYS", age=timedelta(days=31))
    await start(readers)
    await all_hold(readers, {50422: ("STAYS", None)})
    await kill(readers)

    await start(readers)

    await all_hold(readers, {50422: ("STAYS", None)})
    assert {tuple(reader.began_with()) for reader in readers} == {(0, 0)}


async def start(readers: list[Reader], **environment: str) -> None:
    """Start them, and wait until each has said what it holds."""
    before = [len(reader.began_with()) for reader in readers]
    for reader in readers:
        await reader.start(**environment)
    for reader, starts in zip(readers, before, strict=True):
        await until(partial(has_begun, reader, starts + 1))


async def kill(readers: list[Reader]) -> None:
    for reader in readers:
        await reader.kill()


async def all_hold(readers: list[Reader], expected: Copy) -> None:
    for reader in readers:
        await until(partial(holds, reader, expected))


async def holds(reader: Reader, expected: Copy) -> bool:
    return reader.copy() == expected


async def holds_something(reader: Reader) -> bool:
    return bool(reader.copy())


async def has_begun(reader: Reader, starts: int) -> bool:
    return len(reader.began_with()) == starts

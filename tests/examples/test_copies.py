"""Every example keeps a correct copy, whatever happens to it and to the topic."""

from datetime import timedelta
from functools import partial

import pytest

from tests.e2e.system import System, until
from tests.examples import source
from tests.examples.manual_topic import ManualTopic
from tests.examples.readers import Copy, Reader

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]


async def test_copies_survive_a_kill_in_the_middle_and_equal_the_source(
    system: System, readers: list[Reader], bootstrap_servers: str, topic_prefix: str
) -> None:
    await system.start_all(students=300, HEMIS_REMOVED_POLICY="delete", HEMIS_RETRY_ATTEMPTS="100")
    sync_id = await source.pause_sync_in_the_middle(system)
    await start(readers)
    for reader in readers:
        await until(partial(has_students, reader))
    await kill(readers)
    sizes = {reader.example.language: len(reader.copy()) for reader in readers}

    await source.change_students(system)
    await source.continue_sync(system)
    await system.ended("students", sync_id)
    await source.sync_with_removals(system)
    await system.kill("loader")  # it would have the late record fetched again
    topic = ManualTopic(bootstrap_servers, f"{topic_prefix}.students")
    await topic.publish(50421, "TOO LATE", age=timedelta(hours=1))
    await topic.publish(990001, "LAST")
    await start(readers)

    await all_copies_equal(readers, await source.expected_copy(system) | {990001: ("LAST", None)})
    for reader in readers:
        size = sizes[reader.example.language]
        assert 0 < size <= source.RECORDS_BEFORE_PAUSE
        assert reader.sizes_at_start() == [0, size]


async def test_a_copy_starts_again_when_its_topic_was_created_again(
    readers: list[Reader], bootstrap_servers: str, topic_prefix: str
) -> None:
    before = await ManualTopic.created(bootstrap_servers, f"{topic_prefix}.before")
    after = await ManualTopic.created(bootstrap_servers, f"{topic_prefix}.after")
    await before.publish(50421, "GONE SINCE")
    await before.publish(50422, "STAYS")
    await after.publish(50422, "STAYS")
    await start(readers, TOPIC=before.name)
    await all_copies_equal(readers, {50421: ("GONE SINCE", None), 50422: ("STAYS", None)})
    await kill(readers)

    await start(readers, TOPIC=after.name)

    await all_copies_equal(readers, {50422: ("STAYS", None)})
    assert {tuple(reader.sizes_at_start()) for reader in readers} == {(0, 0)}


async def test_a_copy_starts_again_when_it_may_have_missed_a_tombstone(
    readers: list[Reader], bootstrap_servers: str, topic_prefix: str
) -> None:
    topic = await ManualTopic.created(bootstrap_servers, f"{topic_prefix}.students")
    await topic.publish(50422, "STAYS", age=timedelta(days=31))
    await start(readers)
    await all_copies_equal(readers, {50422: ("STAYS", None)})
    await kill(readers)

    await start(readers)

    await all_copies_equal(readers, {50422: ("STAYS", None)})
    assert {tuple(reader.sizes_at_start()) for reader in readers} == {(0, 0)}


async def start(readers: list[Reader], **environment: str) -> None:
    """Start them, and wait until each has printed the size of its copy."""
    before = [len(reader.sizes_at_start()) for reader in readers]
    for reader in readers:
        await reader.start(**environment)
    for reader, starts in zip(readers, before, strict=True):
        await until(partial(has_started, reader, starts + 1))


async def kill(readers: list[Reader]) -> None:
    for reader in readers:
        await reader.kill()


async def all_copies_equal(readers: list[Reader], expected: Copy) -> None:
    for reader in readers:
        await until(partial(copy_equals, reader, expected))


async def copy_equals(reader: Reader, expected: Copy) -> bool:
    return reader.copy() == expected


async def has_students(reader: Reader) -> bool:
    return bool(reader.copy())


async def has_started(reader: Reader, starts: int) -> bool:
    return len(reader.sizes_at_start()) == starts

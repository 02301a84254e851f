"""A loader is killed inside a removal, which still happens once and counts once."""

import asyncio
import signal
from collections.abc import Callable, Coroutine

import pytest

from libs.common.contracts.enums import RemovalState
from tests.integration.loader.loader_system import LoaderSystem, until
from tests.integration.loader.missing_people import (
    answer,
    asked,
    commands,
    counted,
    has_students,
    removed,
    two_syncs,
    with_policy,
)
from tests.integration.loader.running_loaders import LoaderPrograms

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]

_NOTE_REMOVALS = """
    CREATE TABLE gone (hemis_id bigint);
    CREATE FUNCTION note_removal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO gone VALUES (OLD.hemis_id);
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_delete AFTER DELETE ON students
        FOR EACH ROW EXECUTE FUNCTION note_removal();
    CREATE TRIGGER note_mark AFTER UPDATE ON students
        FOR EACH ROW WHEN (OLD.removed_at IS DISTINCT FROM NEW.removed_at)
        EXECUTE FUNCTION note_removal();
"""

Story = Callable[[LoaderSystem, LoaderPrograms], Coroutine[None, None, None]]


async def test_a_removal_happens_once_wherever_a_loader_is_killed(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    """All places at once, each with topics and tables of its own: they mostly wait."""
    stories: dict[str, Story] = {
        "not-yet-asked": _killed_before_it_asks,
        "tombstone-not-applied": _killed_before_the_tombstone_is_applied,
        "tombstone-not-counted": _killed_between_tombstone_and_count,
        "mark-not-counted": _killed_between_mark_and_count,
    }
    async with asyncio.TaskGroup() as tasks:
        for name, story in stories.items():
            tasks.create_task(story(system.another_university(name), loaders))


async def _killed_before_it_asks(system: LoaderSystem, loaders: LoaderPrograms) -> None:
    with_policy(system, "mark")
    killed = await loaders.start(system.settings, HEMIS_FAIL_POINT="SIGKILL@before-asking#1")
    await two_syncs(system, range(1, 41), range(2, 41))
    assert await killed.ended() == -signal.SIGKILL
    assert await commands(system) == []
    # Half a minute later.
    await system.rows("UPDATE unseen SET asked_at = now() - interval '5 minutes'")
    await system.execute(_NOTE_REMOVALS)

    await loaders.start(system.settings)
    await asked(system)
    await answer(system, keys=("1",))

    await _require_one_removal(system)
    assert await removed(system) == {1}


async def _killed_before_the_tombstone_is_applied(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    await _ask(system, "delete")
    await system.page("s2", [None], keys=["1"])

    await _kill(system, loaders, "before-commit")
    assert await has_students(system, 40)
    await loaders.start(system.settings)
    await answer(system, keys=("1",), tombstones=("1",))

    await until(lambda: has_students(system, 39))
    await _require_one_removal(system)


async def _killed_between_tombstone_and_count(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    await _ask(system, "delete")
    await system.page("s2", [None], keys=["1"])
    async with system.loader():
        await until(lambda: has_students(system, 39))
    await answer(system, keys=("1",), tombstones=("1",))

    await _kill(system, loaders, "after-removal")
    await loaders.start(system.settings)

    await _require_one_removal(system)


async def _killed_between_mark_and_count(system: LoaderSystem, loaders: LoaderPrograms) -> None:
    await _ask(system, "mark")
    await answer(system, keys=("1",))

    await _kill(system, loaders, "after-removal")
    assert await removed(system) == set()
    await loaders.start(system.settings)

    await _require_one_removal(system)
    assert await removed(system) == {1}


async def _ask(system: LoaderSystem, policy: str) -> None:
    """Have one of forty students unseen, and the question for it asked."""
    async with with_policy(system, policy).loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        await asked(system)
    await system.execute(_NOTE_REMOVALS)


async def _kill(system: LoaderSystem, loaders: LoaderPrograms, place: str) -> None:
    killed = await loaders.start(system.settings, HEMIS_FAIL_POINT=f"SIGKILL@{place}#1")
    assert await killed.ended() == -signal.SIGKILL


async def _require_one_removal(system: LoaderSystem) -> None:
    done = await counted(system, RemovalState.DONE)
    assert (done.missing, done.removed, done.undecided) == (1, 1, 0)
    assert [row["hemis_id"] for row in await system.rows("SELECT * FROM gone")] == [1]

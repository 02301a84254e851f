"""A loader is killed inside the steps of a removal: it happens once, and counts once."""

import asyncio
import signal
from collections.abc import Callable, Coroutine

import pytest

from libs.common.contracts.enums import RemovalState
from tests.integration.loader.loader_on_servers import World, until
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
from tests.integration.loader.running_loaders import Fleet

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

Story = Callable[[World, Fleet], Coroutine[None, None, None]]


async def test_a_removal_happens_once_wherever_a_loader_is_killed(
    world: World, fleet: Fleet
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
            tasks.create_task(story(world.neighbour(name), fleet))


async def _killed_before_it_asks(world: World, fleet: Fleet) -> None:
    with_policy(world, "mark")
    killed = await fleet.start(world.settings, HEMIS_FAIL_POINT="SIGKILL@before-asking#1")
    await two_syncs(world, range(1, 41), range(2, 41))
    assert await killed.ended() == -signal.SIGKILL
    assert await commands(world) == []
    # Half a minute later.
    await world.rows("UPDATE unseen SET asked_at = now() - interval '5 minutes'")
    await world.execute(_NOTE_REMOVALS)

    await fleet.start(world.settings)
    await asked(world)
    await answer(world, keys=("1",))

    await _require_one_removal(world)
    assert await removed(world) == {1}


async def _killed_before_the_tombstone_is_applied(world: World, fleet: Fleet) -> None:
    await _ask(world, "delete")
    await world.page("s2", [None], keys=["1"])

    await _kill(world, fleet, "before-commit")
    assert await has_students(world, 40)
    await fleet.start(world.settings)
    await answer(world, keys=("1",), tombstones=("1",))

    await until(lambda: has_students(world, 39))
    await _require_one_removal(world)


async def _killed_between_tombstone_and_count(world: World, fleet: Fleet) -> None:
    await _ask(world, "delete")
    await world.page("s2", [None], keys=["1"])
    async with world.loader():
        await until(lambda: has_students(world, 39))
    await answer(world, keys=("1",), tombstones=("1",))

    await _kill(world, fleet, "after-removal")
    await fleet.start(world.settings)

    await _require_one_removal(world)


async def _killed_between_mark_and_count(world: World, fleet: Fleet) -> None:
    await _ask(world, "mark")
    await answer(world, keys=("1",))

    await _kill(world, fleet, "after-removal")
    assert await removed(world) == set()
    await fleet.start(world.settings)

    await _require_one_removal(world)
    assert await removed(world) == {1}


async def _ask(world: World, policy: str) -> None:
    """Have one of forty students unseen, and the question for it asked."""
    async with with_policy(world, policy).loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        await asked(world)
    await world.execute(_NOTE_REMOVALS)


async def _kill(world: World, fleet: Fleet, place: str) -> None:
    killed = await fleet.start(world.settings, HEMIS_FAIL_POINT=f"SIGKILL@{place}#1")
    assert await killed.ended() == -signal.SIGKILL


async def _require_one_removal(world: World) -> None:
    done = await counted(world, RemovalState.DONE)
    assert (done.missing, done.removed, done.undecided) == (1, 1, 0)
    assert [row["hemis_id"] for row in await world.rows("SELECT * FROM gone")] == [1]

"""More than the limit is held until a person decides."""

import pytest

from libs.common.contracts.commands import ApproveRemovals, DiscardRemovals
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import RemovalsHeld
from tests.integration.loader.loader_on_servers import World, position, until
from tests.integration.loader.missing_people import (
    EMPLOYEES,
    answer,
    asked,
    commands,
    counted,
    has_students,
    numbered,
    removed,
    two_syncs,
    with_policy,
)

pytestmark = pytest.mark.integration


async def test_a_large_difference_is_held_until_a_person_approves(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(11, 41))
        held = await counted(world, RemovalState.HELD)
        assert (held.missing, held.limit) == (10, 2)
        assert any(isinstance(event, RemovalsHeld) for event in await world.events("s2"))
        assert await commands(world) == []

        await world.command(ApproveRemovals, "s2", expires_at=1)
        await world.command(ApproveRemovals, "s2")
        await world.command(DiscardRemovals, "s2")
        command = await asked(world)
        await answer(world, keys=tuple(record.key for record in command.records))
        await counted(world, RemovalState.DONE)

    assert await removed(world) == set(range(1, 11))


async def test_a_discarded_hold_keeps_the_rows_also_after_a_restart(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(11, 41))
        await counted(world, RemovalState.HELD)
    await world.command(DiscardRemovals, "s2")
    await world.command(ApproveRemovals, "s2")

    async with world.loader():
        await counted(world, RemovalState.DISCARDED)
        await answer(world, keys=("1",))
        await world.sync("s3", [position(1, 10)], EMPLOYEES)
        await world.report("s3")

        assert await commands(world) == []
        assert await removed(world) == set()


async def test_the_next_complete_sync_has_the_word(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(11, 41))
        await counted(world, RemovalState.HELD)
        await world.sync("s3", [numbered(n) for n in range(2, 41)])
        await world.report("s3")

        await counted(world, RemovalState.SUPERSEDED)
        command = await asked(world)
        assert (command.sync_id, [record.key for record in command.records]) == ("s3", ["1"])


async def test_a_hold_of_a_lost_database_is_no_longer_one(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(11, 41))
        await counted(world, RemovalState.HELD)
    await world.rows("DROP SCHEMA hemis CASCADE")

    async with world.loader():
        lost = await counted(world, RemovalState.SUPERSEDED)
        await world.command(ApproveRemovals, "s2")
        await until(lambda: has_students(world, 40))

        assert lost.missing == 10
        assert await removed(world) == set()

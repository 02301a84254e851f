"""Removals beyond the limit are held until a person decides."""

import pytest

from libs.common.contracts.commands import ApproveRemovals, DiscardRemovals
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import RemovalsHeld
from tests.integration.loader.loader_system import LoaderSystem, position, until
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


async def test_a_large_difference_is_held_until_a_person_approves(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(11, 41))
        held = await counted(system, RemovalState.HELD)
        assert (held.missing, held.limit) == (10, 2)
        assert any(isinstance(event, RemovalsHeld) for event in await system.events("s2"))
        assert await commands(system) == []

        await system.command(ApproveRemovals, "s2", expires_at=1)
        await system.command(ApproveRemovals, "s2")
        await system.command(DiscardRemovals, "s2")
        command = await asked(system)
        await answer(system, keys=tuple(record.key for record in command.records))
        await counted(system, RemovalState.DONE)

    assert await removed(system) == set(range(1, 11))


async def test_a_discarded_hold_keeps_the_rows_also_after_a_restart(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(11, 41))
        await counted(system, RemovalState.HELD)
    await system.command(DiscardRemovals, "s2")
    await system.command(ApproveRemovals, "s2")

    async with system.loader():
        await counted(system, RemovalState.DISCARDED)
        await answer(system, keys=("1",))
        await system.sync("s3", [position(1, 10)], EMPLOYEES)
        await system.report("s3")

        assert await commands(system) == []
        assert await removed(system) == set()


async def test_the_next_complete_sync_replaces_a_hold(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(11, 41))
        await counted(system, RemovalState.HELD)
        await system.sync("s3", [numbered(n) for n in range(2, 41)])
        await system.report("s3")

        await counted(system, RemovalState.SUPERSEDED)
        command = await asked(system)
        assert (command.sync_id, [record.key for record in command.records]) == ("s3", ["1"])


async def test_a_hold_of_a_lost_database_is_superseded(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(11, 41))
        await counted(system, RemovalState.HELD)
    await system.rows("DROP SCHEMA hemis CASCADE")

    async with system.loader():
        lost = await counted(system, RemovalState.SUPERSEDED)
        await system.command(ApproveRemovals, "s2")
        await until(lambda: has_students(system, 40))

        assert lost.missing == 10
        assert await removed(system) == set()

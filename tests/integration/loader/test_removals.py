"""What a complete sync did not see is asked for, and removed as the policy says."""

from typing import Any

import pytest

from libs.common.contracts.commands import MissingRecord
from libs.common.contracts.enums import Outcome, RemovalState
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_on_servers import World, position, until
from tests.integration.loader.missing_people import (
    EMPLOYEES,
    NUMBER,
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


async def test_with_keep_nobody_is_asked_for(world: World) -> None:
    async with world.loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        await world.sync("s3", [position(1, 10)], EMPLOYEES)
        await world.report("s3")

        assert await commands(world) == []
        assert await world.rows("SELECT FROM unseen") == []
        assert len(await world.table("students")) == 40


async def test_with_mark_a_confirmed_row_gets_its_time_and_comes_back_when_seen_again(
    world: World,
) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        command = await asked(world)
        assert command.sync_id == "s2"
        assert command.records == (MissingRecord(key="1", id_number=NUMBER),)

        await answer(world, keys=("1",))
        done = await counted(world, RemovalState.DONE)
        assert await removed(world) == {1}
        assert (done.missing, done.vacated, done.removed, done.undecided) == (1, 0, 1, 0)

        await world.sync("s3", [numbered(n) for n in range(1, 41)])
        report = await world.report("s3")

    assert await removed(world) == set()
    assert (report.updated, report.unchanged, report.distinct) == (1, 39, 40)


async def test_an_older_record_read_again_does_not_bring_a_marked_row_back(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        await answer(world, keys=("1",))
        await counted(world, RemovalState.DONE)
    await world.rows("UPDATE offsets SET last_record = 'another topic'")

    async with world.loader():
        await until(lambda: world.rows("SELECT FROM offsets WHERE reread_until IS NULL"))
        await world.sync("s3", [numbered(n) for n in range(2, 41)])
        await world.report("s3")

        assert await removed(world) == {1}


async def test_with_delete_the_tombstone_removes_the_row(world: World) -> None:
    async with with_policy(world, "delete").loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        command = await asked(world)
        assert command.records == (MissingRecord(key="1", id_number=NUMBER, tombstone=True),)

        await world.page("s2", [None], keys=["1"])
        await answer(world, keys=("1",), tombstones=("1",))
        done = await counted(world, RemovalState.DONE)
        await until(lambda: has_students(world, 39))

    assert (done.missing, done.removed) == (1, 1)


async def test_who_is_still_there_or_cannot_be_told_stays(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 101), range(3, 101))
        await answer(world, present=("1",))
        await answer(world, undecided=("2",))
        done = await counted(world, RemovalState.DONE)

        assert await removed(world) == set()
        assert (done.missing, done.removed, done.undecided) == (2, 0, 1)


async def test_an_unanswered_question_is_asked_again_after_a_restart_too(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        await asked(world)
    await world.rows("UPDATE unseen SET asked_at = now() - interval '5 minutes'")

    async with world.loader():
        await until(lambda: _asked_times(world, 2))
        await answer(world, keys=("1",))
        await answer(world, keys=("1",))
        done = await counted(world, RemovalState.DONE)

    assert done.removed == 1


async def _asked_times(world: World, times: int) -> bool:
    return len(await commands(world)) >= times


async def test_who_is_seen_before_the_answer_is_not_removed_by_it(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await two_syncs(world, range(1, 41), range(2, 41))
        await asked(world)
        before = world.now()
        await world.page("single", [numbered(1)])
        await until(lambda: _none_unseen(world))
        await answer(world, keys=("1",), asked_at=before)
        done = await counted(world, RemovalState.DONE)

    assert (done.removed, await removed(world)) == (0, set())


async def _none_unseen(world: World) -> bool:
    return not await world.rows("SELECT FROM unseen")


@pytest.mark.parametrize("distinct", [39, 40])
async def test_a_sync_that_lacks_or_forgot_a_record_gives_no_reason_to_ask(
    world: World, distinct: int
) -> None:
    async with with_policy(world, "mark").loader():
        await world.sync("s1", [numbered(n) for n in range(1, 41)])
        await world.report("s1")
        await world.start("s2")
        ends = await world.page("s2", [numbered(n) for n in range(2, 41)])
        decision = SyncFetched(
            sync_id="s2",
            resource=Resource.STUDENTS,
            at=world.now(),
            attempt=1,
            outcome=Outcome.COMPLETED,
            source_total=40,
            fetched=40,
            distinct=distinct,
            end_offsets=ends,
        )
        await world.tell(decision)
        report = await world.report("s2")

        assert report.missing == 40 - distinct
        assert await world.rows("SELECT FROM unseen") == []


async def test_a_rejected_record_was_seen(world: World) -> None:
    async with with_policy(world, "mark").loader():
        await world.sync("s1", [numbered(n) for n in range(1, 41)])
        await world.report("s1")
        await world.sync("s2", [numbered(n, **_bad(n == 1)) for n in range(1, 40)])
        await world.report("s2")
        command = await asked(world)

    assert [record.key for record in command.records] == ["40"]


def _bad(wanted: bool) -> dict[str, Any]:  # noqa: FBT001 — a condition
    return {"birth_date": "x"} if wanted else {}

"""Rows that a complete sync did not see are confirmed by HEMIS and removed by the policy."""

from typing import Any

import pytest

from libs.common.contracts.commands import MissingRecord
from libs.common.contracts.enums import Outcome, RemovalState
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_system import LoaderSystem, position, until
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


async def test_with_keep_nobody_is_asked_for(system: LoaderSystem) -> None:
    async with system.loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        await system.sync("s3", [position(1, 10)], EMPLOYEES)
        await system.report("s3")

        assert await commands(system) == []
        assert await system.rows("SELECT FROM unseen") == []
        assert len(await system.table("students")) == 40


async def test_with_mark_a_confirmed_row_gets_its_time_and_comes_back_when_seen_again(
    system: LoaderSystem,
) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        command = await asked(system)
        assert command.sync_id == "s2"
        assert command.records == (MissingRecord(key="1", id_number=NUMBER),)

        await answer(system, keys=("1",))
        done = await counted(system, RemovalState.DONE)
        assert await removed(system) == {1}
        assert (done.missing, done.vacated, done.removed, done.undecided) == (1, 0, 1, 0)

        await system.sync("s3", [numbered(n) for n in range(1, 41)])
        report = await system.report("s3")

    assert await removed(system) == set()
    assert (report.updated, report.unchanged, report.distinct) == (1, 39, 40)


async def test_an_older_record_read_again_does_not_bring_a_marked_row_back(
    system: LoaderSystem,
) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        await answer(system, keys=("1",))
        await counted(system, RemovalState.DONE)
    await system.rows("UPDATE offsets SET last_record = 'another topic'")

    async with system.loader():
        await until(lambda: system.rows("SELECT FROM offsets WHERE reread_until IS NULL"))
        await system.sync("s3", [numbered(n) for n in range(2, 41)])
        await system.report("s3")

        assert await removed(system) == {1}


async def test_with_delete_the_tombstone_removes_the_row(system: LoaderSystem) -> None:
    async with with_policy(system, "delete").loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        command = await asked(system)
        assert command.records == (MissingRecord(key="1", id_number=NUMBER, tombstone=True),)

        await system.page("s2", [None], keys=["1"])
        await answer(system, keys=("1",), tombstones=("1",))
        done = await counted(system, RemovalState.DONE)
        await until(lambda: has_students(system, 39))

    assert (done.missing, done.removed) == (1, 1)


async def test_rows_of_people_who_are_present_or_undecided_stay(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 101), range(3, 101))
        await answer(system, present=("1",))
        await answer(system, undecided=("2",))
        done = await counted(system, RemovalState.DONE)

        assert await removed(system) == set()
        assert (done.missing, done.removed, done.undecided) == (2, 0, 1)


async def test_an_unanswered_confirmation_is_requested_again_also_after_a_restart(
    system: LoaderSystem,
) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        await asked(system)
    await system.rows("UPDATE unseen SET asked_at = now() - interval '5 minutes'")

    async with system.loader():
        await until(lambda: _asked_times(system, 2))
        await answer(system, keys=("1",))
        await answer(system, keys=("1",))
        done = await counted(system, RemovalState.DONE)

    assert done.removed == 1


async def _asked_times(system: LoaderSystem, times: int) -> bool:
    return len(await commands(system)) >= times


async def test_a_person_seen_before_the_answer_is_not_removed(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await two_syncs(system, range(1, 41), range(2, 41))
        await asked(system)
        before = system.now()
        await system.page("single", [numbered(1)])
        await until(lambda: _none_unseen(system))
        await answer(system, keys=("1",), asked_at=before)
        done = await counted(system, RemovalState.DONE)

    assert (done.removed, await removed(system)) == (0, set())


async def _none_unseen(system: LoaderSystem) -> bool:
    return not await system.rows("SELECT FROM unseen")


@pytest.mark.parametrize("distinct", [39, 40])
async def test_a_sync_that_lacks_or_lost_a_record_asks_for_nobody(
    system: LoaderSystem, distinct: int
) -> None:
    async with with_policy(system, "mark").loader():
        await system.sync("s1", [numbered(n) for n in range(1, 41)])
        await system.report("s1")
        await system.start("s2")
        ends = await system.page("s2", [numbered(n) for n in range(2, 41)])
        decision = SyncFetched(
            sync_id="s2",
            resource=Resource.STUDENTS,
            at=system.now(),
            attempt=1,
            outcome=Outcome.COMPLETED,
            source_total=40,
            fetched=40,
            distinct=distinct,
            end_offsets=ends,
        )
        await system.publish_event(decision)
        report = await system.report("s2")

        assert report.missing == 40 - distinct
        assert await system.rows("SELECT FROM unseen") == []


async def test_a_rejected_record_counts_as_seen(system: LoaderSystem) -> None:
    async with with_policy(system, "mark").loader():
        await system.sync("s1", [numbered(n) for n in range(1, 41)])
        await system.report("s1")
        await system.sync("s2", [numbered(n, **_bad(n == 1)) for n in range(1, 40)])
        await system.report("s2")
        command = await asked(system)

    assert [record.key for record in command.records] == ["40"]


def _bad(wanted: bool) -> dict[str, Any]:  # noqa: FBT001 — a condition
    return {"birth_date": "x"} if wanted else {}

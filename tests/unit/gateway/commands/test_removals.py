"""Rows that a sync did not see: the report, the message and the decision."""

import itertools
from typing import Any

import pytest

from libs.common.contracts.commands import ApproveRemovals, DiscardRemovals
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import Event, RemovalsCounted
from libs.common.contracts.resources import Resource
from services.gateway.errors import NothingHeld, UnknownSync
from services.gateway.projection.projection import Projection
from services.gateway.views.progress import progress_of, report_of
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import HOUR, SYNC, T0, finished, started


def counted(state: RemovalState, revision: int = 1, **fields: Any) -> RemovalsCounted:
    counts = {"missing": 12, "vacated": 1, "limit": 5, "removed": 0, "undecided": 0} | fields
    stamps: dict[str, Any] = {"sync_id": SYNC, "resource": Resource.STUDENTS, "at": T0}
    return RemovalsCounted(**stamps, database_epoch=1, revision=revision, state=state, **counts)


HELD = counted(RemovalState.HELD)
DONE = counted(RemovalState.DONE, 3, removed=11, undecided=2)


@pytest.fixture
async def gateway() -> FakeGateway:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), finished())
    return gateway


async def test_the_report_shows_what_is_held_and_the_message_how_to_decide(
    gateway: FakeGateway,
) -> None:
    await gateway.receive(HELD)

    sync = gateway.view.find(SYNC)
    assert sync is not None
    report = report_of(gateway.view.snapshot(sync))
    assert report.removals is not None
    assert report.removals.model_dump() == {
        "state": "held",
        "missing": 12,
        "vacated": 1,
        "limit": 5,
        "removed": 0,
        "undecided": 0,
    }
    assert f"/api/hemis/syncs/{SYNC}/removals/approve" in report.message


async def test_the_message_says_how_many_are_gone_in_the_end(gateway: FakeGateway) -> None:
    await gateway.receive(HELD, DONE)

    message = progress_of(gateway.view.current_snapshot(Resource.STUDENTS)).message

    assert message.endswith("11 rows are gone from HEMIS")


@pytest.mark.parametrize(
    ("removals", "words"),
    [
        (
            counted(RemovalState.HELD, missing=1, limit=0),
            "1 row that HEMIS does not list any more is held, more than 0: POST",
        ),
        (
            counted(RemovalState.ASKING, missing=1, vacated=0),
            "HEMIS is being asked for 1 row that it does not list any more",
        ),
        (counted(RemovalState.DONE, removed=1), "1 row is gone from HEMIS"),
    ],
)
async def test_one_row_is_named_in_the_singular(
    gateway: FakeGateway, removals: RemovalsCounted, words: str
) -> None:
    await gateway.receive(removals)

    assert words in progress_of(gateway.view.current_snapshot(Resource.STUDENTS)).message


async def test_a_sync_that_saw_every_row_has_no_removals(gateway: FakeGateway) -> None:
    sync = gateway.view.find(SYNC)
    assert sync is not None

    assert report_of(gateway.view.snapshot(sync)).removals is None


@pytest.mark.parametrize("decision", [ApproveRemovals, DiscardRemovals])
async def test_a_hold_is_decided_by_a_command_and_may_be_decided_twice(
    gateway: FakeGateway, decision: type[ApproveRemovals | DiscardRemovals]
) -> None:
    await gateway.receive(HELD)

    for _ in range(2):
        await gateway.requests.decide_removals(SYNC, decision)

    assert [type(command) for command in gateway.commands()] == [decision, decision]
    assert {command.sync_id for command in gateway.commands()} == {SYNC}


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (ApproveRemovals, "The removal of 12 rows was approved: waiting for the loader to begin"),
        (
            DiscardRemovals,
            "The removal of 12 rows was discarded: waiting for the loader to confirm",
        ),
    ],
)
async def test_the_message_shows_a_decision_until_it_expires(
    gateway: FakeGateway, decision: type[ApproveRemovals | DiscardRemovals], expected: str
) -> None:
    await gateway.receive(HELD)
    await gateway.requests.decide_removals(SYNC, decision)

    message = progress_of(gateway.view.current_snapshot(Resource.STUDENTS)).message
    gateway.clock.now += 2 * HOUR
    expired = progress_of(gateway.view.current_snapshot(Resource.STUDENTS)).message

    assert message.endswith(expected)
    assert "held" not in message
    assert "held" in expired


async def test_the_opposite_of_what_was_decided_is_a_conflict_until_it_expires(
    gateway: FakeGateway,
) -> None:
    await gateway.receive(HELD)
    await gateway.requests.decide_removals(SYNC, ApproveRemovals)

    with pytest.raises(NothingHeld):
        await gateway.requests.decide_removals(SYNC, DiscardRemovals)
    gateway.clock.now += 2 * HOUR
    await gateway.requests.decide_removals(SYNC, DiscardRemovals)

    assert [type(c) for c in gateway.commands()] == [ApproveRemovals, DiscardRemovals]


async def test_removals_that_are_not_held_cannot_be_decided(gateway: FakeGateway) -> None:
    with pytest.raises(NothingHeld):
        await gateway.requests.decide_removals(SYNC, ApproveRemovals)
    await gateway.receive(HELD, DONE)
    with pytest.raises(NothingHeld):
        await gateway.requests.decide_removals(SYNC, ApproveRemovals)
    with pytest.raises(UnknownSync):
        await gateway.requests.decide_removals("nobody", ApproveRemovals)

    assert gateway.commands() == []


async def test_a_decision_is_repeated_until_the_loader_answers(gateway: FakeGateway) -> None:
    await gateway.receive(HELD)
    await gateway.requests.decide_removals(SYNC, ApproveRemovals)
    await gateway.publisher.repeat_unanswered()
    await gateway.receive(counted(RemovalState.ASKING, 2))
    await gateway.publisher.repeat_unanswered()

    assert len(gateway.commands()) == 2


def test_the_newest_count_holds_in_any_order() -> None:
    events: list[Event] = [HELD, counted(RemovalState.ASKING, 2), DONE, HELD]
    for order in itertools.permutations(events):
        projection = Projection()
        for place, event in enumerate(order):
            projection.fold_event(event, place)
        sync = projection.find(SYNC)

        assert sync is not None
        assert sync.facts.get(RemovalsCounted) == DONE

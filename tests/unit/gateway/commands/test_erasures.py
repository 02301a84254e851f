"""Erasures: asked for in somebody's name, folded from the topics, and the desk swept."""

from itertools import permutations
from typing import Any

import pytest

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.erasures import RecordErased
from libs.common.contracts.resources import Resource
from services.gateway.commands.erasures import ErasureRequests, ErasureTarget
from services.gateway.errors import (
    ErasingNeedsAKey,
    NotCaughtUp,
    NotConfirmed,
    UnknownErasure,
)
from services.gateway.projection.erasures import Erasures, ErasureState
from tests.unit.gateway.fake_gateway import House
from tests.unit.gateway.sample_dead_letters import LETTER, Morgue, dead, without_id
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    erase,
    erased,
    erasure_loaded,
    erasure_refused,
)

STUDENT = ErasureTarget(Resource.STUDENTS, 50421, None)


@pytest.fixture
async def house() -> House:
    return await House().open()


def erasing(house: House) -> ErasureRequests:
    return ErasureRequests(house.view, house.outbox, house.clock)


async def test_the_command_bears_the_name_of_the_key(house: House) -> None:
    erasure = await erasing(house).erase(STUDENT, "ops")

    (command,) = house.commands()
    assert isinstance(command, EraseRecord)
    assert (command.key, command.id_number, command.requested_by) == ("50421", "", "ops")
    assert erasure.state(T0) is ErasureState.REQUESTED


async def test_nobody_is_erased_without_a_name(house: House) -> None:
    with pytest.raises(ErasingNeedsAKey):
        await erasing(house).erase(STUDENT, None)

    assert house.commands() == []


async def test_a_gateway_that_does_not_know_enough_says_so(house: House) -> None:
    with pytest.raises(UnknownErasure):
        erasing(house).find("nothing")
    house.kafka.away = True
    with pytest.raises(NotConfirmed) as caught:
        await erasing(house).erase(STUDENT, "ops")
    house.view.caught_up = False
    with pytest.raises(NotCaughtUp):
        erasing(house).newest_first()

    assert "Idempotency-Key" not in str(caught.value)


async def test_an_unanswered_erasure_is_asked_for_again(house: House) -> None:
    erasure = await erasing(house).erase(STUDENT, "ops")
    await house.outbox.repeat_unanswered()
    await house.hear(erased(sync_id=erasure.erasure_id))
    await house.outbox.repeat_unanswered()

    first, second = house.commands()
    assert first == second
    assert erasure.state(T0) is ErasureState.ERASED


@pytest.mark.parametrize(
    ("messages", "now", "state"),
    [
        ([erase()], T0, ErasureState.REQUESTED),
        ([erase()], T0 + HOUR, ErasureState.EXPIRED),
        ([erase(), erasure_refused()], T0, ErasureState.REFUSED),
        ([erase(), erased(), erased(at=T0 + 9, records=0), erasure_refused()], T0,
         ErasureState.ERASED),
        ([erase(), erased(loader_confirms=True)], T0 + HOUR, ErasureState.WAITING),
        ([erase(), erasure_loaded()], T0, ErasureState.REQUESTED),
        ([erase(), erased(loader_confirms=True), erasure_loaded()], T0, ErasureState.ERASED),
        ([erase(), erased(loader_confirms=True), erasure_loaded("constraint loans")], T0,
         ErasureState.WAITING),
        ([erase(), erased(loader_confirms=True), erasure_loaded("constraint loans"),
          erasure_loaded(at=T0 + 9)], T0, ErasureState.ERASED),
        ([erase(), erased(loader_confirms=True), erasure_loaded("constraint loans", at=T0 + 9),
          erasure_loaded()], T0, ErasureState.WAITING),
    ],
)  # fmt: skip
def test_any_order_of_the_messages_says_the_same(
    messages: list[Any], now: int, state: ErasureState
) -> None:
    for order in permutations(messages):
        erasures = Erasures()
        for message in order:
            fold = erasures.ask if isinstance(message, EraseRecord) else erasures.tell
            fold(message)
        erasure = erasures.find(SYNC)
        assert erasure is not None
        assert (erasure.state(now), erasure.at, erasure.requested_by) == (state, T0, "ops")
        assert erasure.erased is None or erasure.erased.records == 1


def test_a_loader_that_erases_again_what_a_backup_brought_back_makes_no_erasure() -> None:
    erasures = Erasures()

    erasures.tell(erasure_loaded())

    assert list(erasures.all()) == []
    assert erasures.find(SYNC) is None


def test_what_the_topics_have_dropped_is_forgotten() -> None:
    erasures = Erasures()
    erasures.tell(erased())

    erasures.forget(T0 + 1)

    assert list(erasures.all()) == []
    assert erasures.people == set()


async def test_an_erasure_is_no_sync(house: House) -> None:
    await erasing(house).erase(STUDENT, "ops")
    await house.hear(erased(sync_id=SYNC))

    assert list(house.view.projection.all()) == []


async def test_all_letters_of_the_erased_leave_the_desk_also_late_ones() -> None:
    morgue = await Morgue().open()
    other = dead(7, record_key="50422")
    employee = dead(8, record_key="50421:7", resource=Resource.EMPLOYEES)
    morgue.bury(dead(), other, employee, without_id())

    await morgue.settle(erased())
    morgue.bury(dead(2000))
    await morgue.settle()
    morgue.read()

    gone = {record.key.decode() for record in morgue.log if record.value is None}
    assert gone == {LETTER, "hemis.students-2-2000"}
    assert len(morgue.ids) == 3


def test_an_erasure_told_twice_is_one(house: House) -> None:
    events: list[RecordErased] = [erased(), erased(at=T0 + 5)]

    told = [house.view.projection.event(event, place) for place, event in enumerate(events)]

    assert told == [True, False]

"""Erasures: requested with a name, folded from the topics; their dead letters are deleted."""

from itertools import permutations
from typing import Any

import pytest

from libs.common.contracts.commands import EraseRecord, WantedRecord
from libs.common.contracts.events import RecordErased
from libs.common.contracts.resources import Resource
from services.gateway.commands.erasures import ErasureRequests
from services.gateway.errors import (
    ErasingNeedsAKey,
    NotConfirmed,
    UnknownErasure,
)
from services.gateway.projection.erasures import ErasureLog, ErasureState
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_dead_letters import (
    DEAD_LETTER_ID,
    DeadLettersInMemory,
    dead_letter,
    without_id,
)
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    erase,
    erased,
    erasure_loaded,
    erasure_refused,
)

STUDENT = WantedRecord(hemis_id=50421)


@pytest.fixture
async def gateway() -> FakeGateway:
    return await FakeGateway().open()


def erasure_requests(gateway: FakeGateway) -> ErasureRequests:
    return ErasureRequests(gateway.view, gateway.publisher, gateway.clock)


async def test_the_command_has_the_name_of_the_key(gateway: FakeGateway) -> None:
    erasure = await erasure_requests(gateway).erase(Resource.STUDENTS, STUDENT, "ops")

    (command,) = gateway.commands()
    assert isinstance(command, EraseRecord)
    assert (command.key, command.id_number, command.requested_by) == ("50421", "", "ops")
    assert erasure.state(T0) is ErasureState.REQUESTED


async def test_an_erasure_needs_the_name_of_a_key(gateway: FakeGateway) -> None:
    with pytest.raises(ErasingNeedsAKey):
        await erasure_requests(gateway).erase(Resource.STUDENTS, STUDENT, None)

    assert gateway.commands() == []


async def test_an_unknown_erasure_and_an_unconfirmed_command_are_refused(
    gateway: FakeGateway,
) -> None:
    with pytest.raises(UnknownErasure):
        erasure_requests(gateway).find("nothing")
    gateway.kafka.away = True
    with pytest.raises(NotConfirmed) as caught:
        await erasure_requests(gateway).erase(Resource.STUDENTS, STUDENT, "ops")

    assert "Idempotency-Key" not in str(caught.value)


async def test_an_unanswered_erasure_is_repeated(gateway: FakeGateway) -> None:
    erasure = await erasure_requests(gateway).erase(Resource.STUDENTS, STUDENT, "ops")
    await gateway.publisher.repeat_unanswered()
    await gateway.receive(erased(sync_id=erasure.erasure_id))
    await gateway.publisher.repeat_unanswered()

    first, second = gateway.commands()
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
def test_any_order_of_the_messages_gives_the_same_erasure(
    messages: list[Any], now: int, state: ErasureState
) -> None:
    for order in permutations(messages):
        erasures = ErasureLog()
        for message in order:
            is_command = isinstance(message, EraseRecord)
            fold = erasures.fold_command if is_command else erasures.fold_event
            fold(message)
        erasure = erasures.find(SYNC)
        assert erasure is not None
        assert (erasure.state(now), erasure.at, erasure.requested_by) == (state, T0, "ops")
        assert erasure.erased is None or erasure.erased.records == 1


def test_a_loader_that_erases_again_what_a_backup_brought_back_makes_no_erasure() -> None:
    erasures = ErasureLog()

    erasures.fold_event(erasure_loaded())

    assert list(erasures.all()) == []
    assert erasures.find(SYNC) is None


def test_erasures_are_forgotten_with_their_topics() -> None:
    erasures = ErasureLog()
    erasures.fold_event(erased())

    erasures.forget(T0 + 1)

    assert list(erasures.all()) == []
    assert erasures.erased_people == set()


async def test_an_erasure_is_no_sync(gateway: FakeGateway) -> None:
    await erasure_requests(gateway).erase(Resource.STUDENTS, STUDENT, "ops")
    await gateway.receive(erased(sync_id=SYNC))

    assert list(gateway.view.projection.unsettled()) == []


async def test_all_dead_letters_of_erased_people_are_deleted_late_ones_too() -> None:
    dead_letters = await DeadLettersInMemory().open()
    other = dead_letter(7, record_key="50422")
    employee = dead_letter(8, record_key="50421:7", resource=Resource.EMPLOYEES)
    dead_letters.add(dead_letter(), other, employee, without_id())

    await dead_letters.settle(erased())
    dead_letters.add(dead_letter(2000))
    await dead_letters.settle()
    dead_letters.read()

    gone = {record.key.decode() for record in dead_letters.log if record.value is None}
    assert gone == {DEAD_LETTER_ID, "hemis.students-2-2000"}
    assert len(dead_letters.ids) == 3


def test_an_erasure_published_twice_is_one_erasure(gateway: FakeGateway) -> None:
    events: list[RecordErased] = [erased(), erased(at=T0 + 5)]

    told = [gateway.view.projection.fold_event(event, place) for place, event in enumerate(events)]

    assert told == [True, False]

"""One person erased: gone from the topic, and left out of everything that follows."""

import pytest

from libs.common.contracts.commands import ConfirmMissing, EraseRecord, MissingRecord
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import ErasureRefused, MissingConfirmed, RecordErased, SyncFetched
from libs.common.contracts.records import ERASED
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import sums_of_sync
from libs.common.kafka.in_memory import InMemoryProducer, StoredRecord
from libs.common.kafka.ports import Message
from services.fetcher.checkpoints.suppressed_parts import SuppressedUnreadable
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student
from tests.scenarios.fetcher.test_kills import Arriving, Fatal, everything, nothing

NUMBER = str(student(5)["student_id_number"])


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]
    system.hemis.items[EMPLOYEES] = [position(7, 701), position(7, 702), position(8, 801)]


def erase(
    system: FetcherSystem, key: str = "", id_number: str = "", resource: Resource = STUDENTS
) -> EraseRecord:
    common = system._common(resource, {"requested_by": "ops"})
    command = EraseRecord(**common, key=key, id_number=id_number)
    system.send(command)
    return command


async def erased(system: FetcherSystem, command: EraseRecord) -> RecordErased:
    await system.until(lambda: system.events(RecordErased, command.sync_id))
    # Told before it is forgotten: whoever kills the fetcher now would have it told twice.
    await system.until(lambda: not system.checkpoint(command.resource).open_erasures)
    return system.events(RecordErased, command.sync_id)[-1]


async def refused(system: FetcherSystem, command: EraseRecord) -> str:
    await system.until(lambda: system.events(ErasureRefused, command.sync_id))
    return system.events(ErasureRefused, command.sync_id)[-1].reason


def newest(system: FetcherSystem, resource: Resource = STUDENTS) -> dict[str, StoredRecord]:
    return {(record.key or b"").decode(): record for record in system.records(resource)}


def is_erased(record: StoredRecord) -> bool:
    return record.value is None and ERASED in record.headers


@pytest.mark.parametrize(("key", "id_number"), [("5", ""), ("", NUMBER)], ids=["id", "number"])
async def test_a_student_is_erased_and_left_out_of_the_next_sync(
    system: FetcherSystem, key: str, id_number: str
) -> None:
    async with system.fetcher():
        await system.decided(system.start())
        event = await erased(system, erase(system, key, id_number))
        decision = await system.decided(system.start())

    assert (event.hemis_id, event.records, event.requested_by) == (5, 1, "ops")
    assert is_erased(newest(system)["5"])
    assert system.published().count("5") == 2
    assert (decision.complete, decision.source_total, decision.missing) == (True, 35, 0)
    assert (decision.distinct, decision.fetched, decision.suppressed) == (34, 34, 1)


async def test_all_positions_of_an_employee_are_erased(system: FetcherSystem) -> None:
    number = str(position(7, 701)["employee_id_number"])
    async with system.fetcher():
        await system.decided(system.start(EMPLOYEES))
        event = await erased(system, erase(system, id_number=number, resource=EMPLOYEES))
        decision = await system.decided(system.start(EMPLOYEES))

    records = newest(system, EMPLOYEES)
    gone = {key for key, record in records.items() if is_erased(record)}
    assert {"7:701", "7:702"} < gone
    assert event.records == len(gone) == 3
    assert (decision.complete, decision.distinct, decision.suppressed) == (True, 1, 2)


async def test_the_log_is_in_the_order_of_ce_time(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await system.until(system.published)
        await erased(system, erase(system, "5"))
        decision = await system.decided(sync_id)

    for partition in system.broker.partitions([system.topics.records(STUDENTS)]):
        times = [dict(record.headers)["ce_time"] for record in system.broker.logs[partition]]
        assert times == sorted(times)
    assert is_erased(newest(system)["5"])
    assert all(one.holds for one in sums_of_sync(decision))
    assert decision.complete


async def test_an_erased_person_is_not_fetched_as_a_single_record(system: FetcherSystem) -> None:
    async with system.fetcher():
        await system.decided(system.start())
        await erased(system, erase(system, "5"))
        asked = len(system.hemis.calls)
        by_id = await system.decided(system.fetch(hemis_id=5))
        unasked = len(system.hemis.calls) == asked
        by_number = await system.decided(system.fetch(id_number=NUMBER))

    assert unasked
    for decision in (by_id, by_number):
        assert (decision.outcome, decision.suppressed) == (Outcome.NOT_FOUND, 1)
        assert decision.reason == "this person was erased here"
    assert is_erased(newest(system)["5"])


async def test_an_old_record_of_a_frozen_fetcher_gets_a_tombstone_again(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await system.decided(system.start())
        await erased(system, erase(system, "5"))
        old = next(record for record in system.records() if record.key == b"5" and record.value)
        late = Message(system.topics.records(STUDENTS), "5", old.value, old.headers, "5")
        system.broker.append(late)
        await system.decided(system.fetch(hemis_id=5))

    assert is_erased(newest(system)["5"])


async def test_an_erased_person_is_confirmed_missing_whatever_hemis_lists(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await system.decided(system.start())
        await erased(system, erase(system, "5"))
        record = MissingRecord(key="5", id_number=NUMBER)
        common = system._common(STUDENTS, {"sync_id": "the-sync"})
        system.send(ConfirmMissing(**common, records=(record,)))
        await system.until(lambda: system.events(MissingConfirmed))

    (answer,) = system.events(MissingConfirmed)
    assert (answer.keys, answer.tombstones, answer.present) == (("5",), ("5",), ())
    assert is_erased(newest(system)["5"])


async def test_nobody_is_erased_who_is_not_named_for_certain(system: FetcherSystem) -> None:
    twins = [student(40, student_id_number="1"), student(41, student_id_number="1")]
    system.hemis.items[STUDENTS] += twins
    async with system.fetcher():
        await system.decided(system.start())
        nobody = await refused(system, erase(system, id_number="999"))
        several = await refused(system, erase(system, id_number="1"))
        no_people = await refused(system, erase(system, "1", resource=Resource.DEPARTMENTS))

    assert "no person here has this number" in nobody
    assert "several people have this number" in several
    assert no_people == "departments are no people"
    assert not any(record.value is None for record in system.records())


@pytest.mark.parametrize("arriving", [nothing, everything])
async def test_a_kill_at_any_step_of_an_erasure_loses_nothing(arriving: Arriving) -> None:
    call, is_over = 1, False

    while not is_over:
        is_over = await erased_although_killed_at(call, arriving)
        call += 1

    # A takeover, a command, the list, the tombstones, their time, the word, the end.
    assert call > 6


async def erased_although_killed_at(call: int, arriving: Arriving) -> bool:
    """Kill the fetcher at this call, let a second one go on; tell whether none was left."""
    system = await FetcherSystem.set_up()
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 9)]
    async with system.fetcher():
        await system.decided(system.start())
    system.producer = fatal = Fatal(system, call, arriving)
    command = erase(system, id_number=NUMBER)
    async with system.fetcher():
        await system.until(lambda: fatal.is_reached.is_set() or is_done(system))
    system.producer = InMemoryProducer(system.broker)
    async with system.fetcher():
        event = await erased(system, command)
        decision = await system.decided(system.start())

    assert event.hemis_id == 5
    assert is_erased(newest(system)["5"])
    assert (decision.complete, decision.suppressed) == (True, 1)
    return not fatal.is_reached.is_set()


def is_done(system: FetcherSystem) -> bool:
    return bool(system.events(RecordErased)) and not system.checkpoint().open_erasures


async def test_the_list_holds_no_id_and_outlives_every_takeover(system: FetcherSystem) -> None:
    async with system.fetcher():
        command = erase(system, "5")
        await erased(system, command)
        await erased(system, erase(system, "5"))
    system.broker.append(Message(system.topics.checkpoints, "students/9", b"nonsense"))

    async with system.fetcher():
        decision = await system.decided(system.start())

    parts = system.parts()
    (suppressed,) = parts.successor(STUDENTS).checkpoint.suppressed.people
    assert (suppressed.erasure_id, suppressed.requested_by) == (command.sync_id, "ops")
    assert suppressed.mark != "5"
    assert len(suppressed.mark) == 64
    assert decision.suppressed == 1


async def test_a_fetcher_that_cannot_read_the_list_fetches_nobody(system: FetcherSystem) -> None:
    system.broker.append(Message(system.topics.checkpoints, "students/1/suppressed", b"nonsense"))

    with pytest.raises(ExceptionGroup) as caught:
        async with system.fetcher():
            await system.decided(system.start())

    assert caught.group_contains(SuppressedUnreadable)
    assert system.hemis.calls == []


async def test_an_older_checkpoint_without_a_suppression_list_is_read(
    system: FetcherSystem,
) -> None:
    text = b'{"resource":"students","epoch":3,"last_ce_time":7}'
    system.broker.append(Message(system.topics.checkpoints, "students/3", text))

    async with system.fetcher():
        await system.decided(system.start())

    assert system.checkpoint().epoch == 4
    assert system.events(SyncFetched)[-1].suppressed == 0

"""A person's single request is next in line, whatever else waits."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from libs.common.contracts.commands import ConfirmMissing, EraseRecord, MissingRecord
from libs.common.contracts.enums import Outcome, Trigger
from libs.common.contracts.events import RecordErased, SyncFetched, SyncRefused, SyncStarted
from libs.common.kafka.in_memory import InMemoryProducer
from libs.common.kafka.ports import Message, Position
from services.fetcher.hemis.ports import StudentCard
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import Call, position, student

PERSON = 5_000
NUMBER = str(student(PERSON)["student_id_number"])


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in (*range(1, 1_200), PERSON)]
    system.hemis.cards = {
        person["id"]: StudentCard(person["student_id_number"], "NAMUNA")
        for person in system.hemis.items[STUDENTS]
    }
    system.hemis.seconds = 0.5


def heal_300(system: FetcherSystem) -> None:
    for hemis_id in range(1, 301):
        system.fetch(hemis_id, trigger=Trigger.HEAL)


def retry_100_dead_letters(system: FetcherSystem) -> None:
    for hemis_id in range(1, 101):
        system.fetch(hemis_id, trigger=Trigger.RETRY, dead_letter_id=f"d-{hemis_id}", retry=1)


def confirm_1000_missing(system: FetcherSystem) -> None:
    records = tuple(
        MissingRecord(key=str(hemis_id), id_number=str(student(hemis_id)["student_id_number"]))
        for hemis_id in range(1, 1_001)
    )
    common = system._common(STUDENTS, {"sync_id": "the-sync"})
    system.send(ConfirmMissing(**common, records=records))


def sync_without_a_pause(system: FetcherSystem) -> None:
    system.start()


def everything(system: FetcherSystem) -> None:
    for begin in (heal_300, retry_100_dead_letters, confirm_1000_missing, sync_without_a_pause):
        begin(system)


KINDS = [
    heal_300,
    retry_100_dead_letters,
    confirm_1000_missing,
    sync_without_a_pause,
    everything,
]


def of_others(system: FetcherSystem, since: float) -> Sequence[Call]:
    """Give the requests that kept HEMIS busy since then and were not for the person."""
    calls = [call for call in system.hemis.calls if call.ended > since]
    return [call for call in calls if call.filters.get("search") != NUMBER]


@pytest.mark.parametrize("begin", KINDS, ids=lambda begin: begin.__name__)
@pytest.mark.parametrize("wanted", [{"hemis_id": PERSON}, {"id_number": NUMBER}], ids=str)
async def test_a_person_waits_for_one_request_of_other_work_at_most(
    system: FetcherSystem, begin: Callable[[FetcherSystem], None], wanted: dict[str, int | str]
) -> None:
    system.pause_seconds = 0.0
    async with system.fetcher():
        begin(system)
        await system.until(lambda: len(system.hemis.calls) >= 4)
        asked, cards = system.clock.monotonic(), len(system.hemis.card_calls)
        decision = await system.decided(system.fetch(**wanted))  # type: ignore[arg-type]
        others = len(of_others(system, asked))
        cards = len(system.hemis.card_calls) - cards - ("hemis_id" in wanted)

    assert decision.outcome is Outcome.COMPLETED
    assert others + cards <= 1


async def test_a_person_waits_for_one_erasure_at_most(system: FetcherSystem) -> None:
    async with system.fetcher():
        await system.decided(system.fetch(1))
        for hemis_id in range(1, 101):
            system.send(EraseRecord(**system._common(STUDENTS, {}), key=str(hemis_id)))
        decision = await system.decided(system.fetch(PERSON))
        await asyncio.sleep(60)

    assert decision.outcome is Outcome.COMPLETED
    assert all(erased.at >= decision.at for erased in system.events(RecordErased)[1:])
    assert len(system.events(RecordErased)) == 100


class Slow:
    """A producer as slow as a busy Kafka; see ``Producer``."""

    def __init__(self, system: FetcherSystem) -> None:
        self._producer = InMemoryProducer(system.broker)

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        await asyncio.sleep(0.02)
        return await self._producer.publish(messages)


async def test_a_person_is_answered_before_six_hundred_commands_that_came_earlier(
    system: FetcherSystem,
) -> None:
    system.producer, system.hemis.seconds = Slow(system), 0.1
    for hemis_id in range(1, 601):
        system.fetch(hemis_id, trigger=Trigger.HEAL)
    person = system.fetch(PERSON)

    async with system.fetcher():
        await system.until(system.published, 10.0)
        asked = system.clock.monotonic()
        later = system.fetch(id_number=NUMBER)
        await system.decided(later)
        waited = system.clock.monotonic() - asked
        await asyncio.sleep(600)

    assert person in [event.sync_id for event in system.events(SyncStarted)][:10]
    assert waited < 1.0
    # All were answered, each once, and committed.
    assert len(system.events(SyncStarted)) + len(system.events(SyncRefused)) == 602
    assert set(system.broker.committed.values()) == {602}


async def test_a_takeover_of_open_work_serves_people_first(system: FetcherSystem) -> None:
    system.hemis.seconds = 30.0
    async with system.fetcher():
        for hemis_id in range(1, 401):
            system.fetch(hemis_id, trigger=Trigger.HEAL)
        person = system.fetch(id_number=NUMBER)
        await asyncio.sleep(10)
    system.hemis.seconds = 0.5

    async with system.fetcher():
        asked = system.clock.monotonic()
        await system.decided(person)

    assert len(of_others(system, asked)) <= 1


async def test_other_work_goes_on_while_people_send_requests_all_the_time(
    system: FetcherSystem,
) -> None:
    system.hemis.seconds = 0.1
    del system.hemis.items[STUDENTS][30:-1]
    async with system.fetcher():
        heal = system.fetch(1, trigger=Trigger.HEAL)
        sync_id = system.start()
        for _ in range(300):
            system.fetch(PERSON)
            await asyncio.sleep(0.3)

    assert system.events(SyncFetched, heal)
    assert system.events(SyncFetched, sync_id)[0].complete


async def test_a_person_s_reading_of_the_list_overtakes_a_background_one(
    system: FetcherSystem,
) -> None:
    system.hemis.items[EMPLOYEES] = [position(number, number) for number in range(1, 3_001)]
    async with system.fetcher():
        system.fetch(9_999, resource=EMPLOYEES, trigger=Trigger.HEAL)
        await system.until(lambda: len(system.hemis.calls) == 2)
        began = len(system.hemis.calls)
        await system.decided(system.fetch(1_001, resource=EMPLOYEES))

    pages = 15
    # Once in five seconds the other walk has a page.
    assert len(system.hemis.calls) - began <= pages + 6


async def test_a_cancel_of_a_retry_that_still_waits_comes_after_it(system: FetcherSystem) -> None:
    system.producer = Slow(system)
    for hemis_id in range(1, 21):
        system.fetch(hemis_id, trigger=Trigger.RETRY, sync_id=f"retry-{hemis_id}")
    system.cancel("retry-20")

    async with system.fetcher():
        decision = await system.decided("retry-20")

    assert decision.outcome is Outcome.CANCELLED
    assert not system.events(SyncRefused)

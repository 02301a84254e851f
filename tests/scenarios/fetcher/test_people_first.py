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
from tests.scenarios.fetcher.fetcher_in_memory import EMPLOYEES, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import Call, position, student

PERSON = 5_000
NUMBER = str(student(PERSON)["student_id_number"])


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in (*range(1, 1_200), PERSON)]
    stage.hemis.cards = {
        person["id"]: StudentCard(person["student_id_number"], "NAMUNA")
        for person in stage.hemis.items[STUDENTS]
    }
    stage.hemis.seconds = 0.5


def heal_300(stage: Stage) -> None:
    for hemis_id in range(1, 301):
        stage.fetch(hemis_id, trigger=Trigger.HEAL)


def retry_100_dead_letters(stage: Stage) -> None:
    for hemis_id in range(1, 101):
        stage.fetch(hemis_id, trigger=Trigger.RETRY, dead_letter_id=f"d-{hemis_id}", retry=1)


def confirm_1000_missing(stage: Stage) -> None:
    records = tuple(
        MissingRecord(key=str(hemis_id), id_number=str(student(hemis_id)["student_id_number"]))
        for hemis_id in range(1, 1_001)
    )
    common = stage._common(STUDENTS, {"sync_id": "the-sync"})
    stage.send(ConfirmMissing(**common, records=records))


def sync_without_a_pause(stage: Stage) -> None:
    stage.start()


def everything(stage: Stage) -> None:
    for begin in (heal_300, retry_100_dead_letters, confirm_1000_missing, sync_without_a_pause):
        begin(stage)


KINDS = [
    heal_300,
    retry_100_dead_letters,
    confirm_1000_missing,
    sync_without_a_pause,
    everything,
]


def of_others(stage: Stage, since: float) -> Sequence[Call]:
    """Give the requests that kept HEMIS busy since then and were not for the person."""
    calls = [call for call in stage.hemis.calls if call.ended > since]
    return [call for call in calls if call.filters.get("search") != NUMBER]


@pytest.mark.parametrize("begin", KINDS, ids=lambda begin: begin.__name__)
@pytest.mark.parametrize("wanted", [{"hemis_id": PERSON}, {"id_number": NUMBER}], ids=str)
async def test_a_person_waits_for_one_request_of_other_work_at_most(
    stage: Stage, begin: Callable[[Stage], None], wanted: dict[str, int | str]
) -> None:
    stage.pause_seconds = 0.0
    async with stage.fetcher():
        begin(stage)
        await stage.until(lambda: len(stage.hemis.calls) >= 4)
        asked, cards = stage.clock.monotonic(), len(stage.hemis.card_calls)
        decision = await stage.decided(stage.fetch(**wanted))  # type: ignore[arg-type]
        others = len(of_others(stage, asked))
        cards = len(stage.hemis.card_calls) - cards - ("hemis_id" in wanted)

    assert decision.outcome is Outcome.COMPLETED
    assert others + cards <= 1


async def test_a_person_waits_for_one_erasure_at_most(stage: Stage) -> None:
    async with stage.fetcher():
        await stage.decided(stage.fetch(1))
        for hemis_id in range(1, 101):
            stage.send(EraseRecord(**stage._common(STUDENTS, {}), key=str(hemis_id)))
        decision = await stage.decided(stage.fetch(PERSON))
        await asyncio.sleep(60)

    assert decision.outcome is Outcome.COMPLETED
    assert all(erased.at >= decision.at for erased in stage.events(RecordErased)[1:])
    assert len(stage.events(RecordErased)) == 100


class Slow:
    """A producer as slow as a busy Kafka; see ``Producer``."""

    def __init__(self, stage: Stage) -> None:
        self._producer = InMemoryProducer(stage.broker)

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        await asyncio.sleep(0.02)
        return await self._producer.publish(messages)


async def test_a_person_is_answered_before_six_hundred_commands_that_came_earlier(
    stage: Stage,
) -> None:
    stage.producer, stage.hemis.seconds = Slow(stage), 0.1
    for hemis_id in range(1, 601):
        stage.fetch(hemis_id, trigger=Trigger.HEAL)
    person = stage.fetch(PERSON)

    async with stage.fetcher():
        await stage.until(stage.published, 10.0)
        asked = stage.clock.monotonic()
        later = stage.fetch(id_number=NUMBER)
        await stage.decided(later)
        waited = stage.clock.monotonic() - asked
        await asyncio.sleep(600)

    assert person in [event.sync_id for event in stage.events(SyncStarted)][:10]
    assert waited < 1.0
    # All were answered, each once, and committed.
    assert len(stage.events(SyncStarted)) + len(stage.events(SyncRefused)) == 602
    assert set(stage.broker.committed.values()) == {602}


async def test_a_takeover_of_open_work_serves_people_first(stage: Stage) -> None:
    stage.hemis.seconds = 30.0
    async with stage.fetcher():
        for hemis_id in range(1, 401):
            stage.fetch(hemis_id, trigger=Trigger.HEAL)
        person = stage.fetch(id_number=NUMBER)
        await asyncio.sleep(10)
    stage.hemis.seconds = 0.5

    async with stage.fetcher():
        asked = stage.clock.monotonic()
        await stage.decided(person)

    assert len(of_others(stage, asked)) <= 1


async def test_the_rest_goes_on_while_people_ask_all_the_time(stage: Stage) -> None:
    stage.hemis.seconds = 0.1
    del stage.hemis.items[STUDENTS][30:-1]
    async with stage.fetcher():
        heal = stage.fetch(1, trigger=Trigger.HEAL)
        sync_id = stage.start()
        for _ in range(300):
            stage.fetch(PERSON)
            await asyncio.sleep(0.3)

    assert stage.events(SyncFetched, heal)
    assert stage.events(SyncFetched, sync_id)[0].complete


async def test_a_walk_for_an_employee_passes_a_walk_that_nobody_waits_for(stage: Stage) -> None:
    stage.hemis.items[EMPLOYEES] = [position(number, number) for number in range(1, 3_001)]
    async with stage.fetcher():
        stage.fetch(9_999, resource=EMPLOYEES, trigger=Trigger.HEAL)
        await stage.until(lambda: len(stage.hemis.calls) == 2)
        began = len(stage.hemis.calls)
        await stage.decided(stage.fetch(1_001, resource=EMPLOYEES))

    pages = 15
    # Once in five seconds the other walk has a page.
    assert len(stage.hemis.calls) - began <= pages + 6


async def test_a_cancel_of_a_retry_that_still_waits_comes_after_it(stage: Stage) -> None:
    stage.producer = Slow(stage)
    for hemis_id in range(1, 21):
        stage.fetch(hemis_id, trigger=Trigger.RETRY, sync_id=f"retry-{hemis_id}")
    stage.cancel("retry-20")

    async with stage.fetcher():
        decision = await stage.decided("retry-20")

    assert decision.outcome is Outcome.CANCELLED
    assert not stage.events(SyncRefused)

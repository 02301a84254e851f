"""Every command in every state of the fetcher: what it answers."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from libs.common.contracts.commands import ConfirmMissing, EraseRecord, MissingRecord
from libs.common.contracts.events import (
    EVENTS,
    Event,
    MissingConfirmed,
    PageFetched,
    RecordErased,
    SyncFetched,
    SyncRefused,
    SyncStarted,
)
from libs.common.kafka.ports import Partition
from services.fetcher.hemis.errors import HemisRateLimited, HemisRejected
from tests.scenarios.fetcher.fetcher_in_memory import ADDRESS, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student

DAY_MS = 86_400_000
OLD = "old"
Commanding = Callable[[Stage], str]


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


async def idle(stage: Stage) -> None:
    await asyncio.sleep(1)


async def running(stage: Stage) -> None:
    stage.start(sync_id=OLD)
    await stage.until(lambda: stage.events(PageFetched))


async def waiting(stage: Stage) -> None:
    await running(stage)
    stage.hemis.fail(STUDENTS, 3, HemisRateLimited("/list", 25.0), times=1)
    await asyncio.sleep(5)


async def failed(stage: Stage) -> None:
    stage.hemis.fail(STUDENTS, 1, HemisRejected(401, ADDRESS), times=1)
    await stage.decided(stage.start(sync_id=OLD))


async def failed_long_ago(stage: Stage) -> None:
    await failed(stage)
    stage.clock.ahead_ms += DAY_MS + 60_000


async def cancelled(stage: Stage) -> None:
    await running(stage)
    stage.cancel(OLD)
    await stage.decided(OLD)


async def completed(stage: Stage) -> None:
    await stage.decided(stage.start(sync_id=OLD))


async def replaced(stage: Stage) -> None:
    """The sync failed, and a later one completed."""
    await failed(stage)
    await stage.decided(stage.start())


STATES = [idle, running, waiting, failed, failed_long_ago, cancelled, completed, replaced]


def confirm(stage: Stage) -> str:
    number = str(student(5)["student_id_number"])
    records = (MissingRecord(key="5", id_number=number),)
    return stage.send(ConfirmMissing(**stage._common(STUDENTS, {}), records=records))


def erase(stage: Stage) -> str:
    return stage.send(EraseRecord(**stage._common(STUDENTS, {}), key="5"))


def expired(stage: Stage) -> str:
    return stage.start(expires_at=stage.clock.now_ms() - 1)


COMMANDS: dict[str, Commanding] = {
    "start": lambda stage: stage.start(),
    "start superseding it": lambda stage: stage.start(supersedes=OLD),
    "start with its id": lambda stage: stage.start(sync_id=OLD),
    "resume it": lambda stage: stage.resume(OLD),
    "cancel it": lambda stage: stage.cancel(OLD),
    "fetch one": lambda stage: stage.fetch(id_number=str(student(5)["student_id_number"])),
    "confirm": confirm,
    "erase": erase,
    "start, expired": expired,
}

ANSWERS = (SyncStarted, SyncRefused, SyncFetched, MissingConfirmed, RecordErased)
STARTED, GOES_ON, NOTHING = "started", "says that it runs", "nothing"
BESIDE, UNKNOWN = "refused: it is running", "refused: this sync is not known"
NOT_LATEST = "refused: only the latest sync can be resumed"
TOO_OLD = "refused: only a sync that failed or was cancelled in 24 h"
FAILED, CANCELLED, COMPLETED = "failed", "cancelled", "completed"

# In the order of STATES.
TABLE: dict[str, list[str]] = {
    "start": [STARTED, BESIDE, BESIDE, STARTED, STARTED, STARTED, STARTED, STARTED],
    "start superseding it": [STARTED] * 8,
    "start with its id": [
        *(STARTED, GOES_ON, GOES_ON, FAILED, FAILED, CANCELLED, COMPLETED, FAILED),
    ],
    "resume it": [
        *(NOT_LATEST, GOES_ON, GOES_ON, STARTED, TOO_OLD, STARTED, TOO_OLD, NOT_LATEST),
    ],
    "cancel it": [
        *(UNKNOWN, CANCELLED, CANCELLED, FAILED, FAILED, CANCELLED, COMPLETED, FAILED),
    ],
    "fetch one": [STARTED] * 8,
    "confirm": ["present"] * 8,
    "erase": ["erased"] * 8,
    "start, expired": [NOTHING] * 8,
}


def in_words(event: Event, before: list[Event]) -> str:
    match event:
        case SyncStarted():
            return GOES_ON if event in before else STARTED
        case SyncRefused():
            is_beside = event.active_sync_id == OLD
            return BESIDE if is_beside else f"refused: {event.reason}"
        case SyncFetched():
            return str(event.outcome)
        case MissingConfirmed():
            return "present" if event.present else "gone"
        case RecordErased():
            return "erased"
        case _:
            return type(event).__name__


CASES = [
    pytest.param(state, name, answers[number], id=f"{name}, {state.__name__}")
    for name, answers in TABLE.items()
    for number, state in enumerate(STATES)
]


@pytest.mark.parametrize(("state", "name", "answer"), CASES)
async def test_every_command_is_answered_in_every_state(
    stage: Stage, state: Callable[[Stage], Awaitable[None]], name: str, answer: str
) -> None:
    async with stage.fetcher():
        await state(stage)
        before = answers_of(stage)
        sync_id = COMMANDS[name](stage)
        await asyncio.sleep(40)

    after = [event for event in answers_of(stage)[len(before) :] if event.sync_id == sync_id]
    assert (in_words(after[0], before) if after else NOTHING) == answer


def answers_of(stage: Stage) -> list[Event]:
    log = stage.broker.logs[Partition(stage.topics.progress, 0)]
    said = (EVENTS.decode(record.value or b"") for record in log)
    return [event for event in said if isinstance(event, ANSWERS)]

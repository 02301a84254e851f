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
from tests.scenarios.fetcher.fetcher_system import ADDRESS, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student

DAY_MS = 86_400_000
OLD = "old"
Commanding = Callable[[FetcherSystem], str]


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


async def idle(system: FetcherSystem) -> None:
    await asyncio.sleep(1)


async def running(system: FetcherSystem) -> None:
    system.start(sync_id=OLD)
    await system.until(lambda: system.events(PageFetched))


async def waiting(system: FetcherSystem) -> None:
    await running(system)
    system.hemis.fail(STUDENTS, 3, HemisRateLimited("/list", 25.0), times=1)
    await asyncio.sleep(5)


async def failed(system: FetcherSystem) -> None:
    system.hemis.fail(STUDENTS, 1, HemisRejected(401, ADDRESS), times=1)
    await system.decided(system.start(sync_id=OLD))


async def failed_long_ago(system: FetcherSystem) -> None:
    await failed(system)
    system.clock.ahead_ms += DAY_MS + 60_000


async def cancelled(system: FetcherSystem) -> None:
    await running(system)
    system.cancel(OLD)
    await system.decided(OLD)


async def completed(system: FetcherSystem) -> None:
    await system.decided(system.start(sync_id=OLD))


async def replaced(system: FetcherSystem) -> None:
    """The sync failed, and a later one completed."""
    await failed(system)
    await system.decided(system.start())


STATES = [idle, running, waiting, failed, failed_long_ago, cancelled, completed, replaced]


def confirm(system: FetcherSystem) -> str:
    number = str(student(5)["student_id_number"])
    records = (MissingRecord(key="5", id_number=number),)
    return system.send(ConfirmMissing(**system._common(STUDENTS, {}), records=records))


def erase(system: FetcherSystem) -> str:
    return system.send(EraseRecord(**system._common(STUDENTS, {}), key="5"))


def expired(system: FetcherSystem) -> str:
    return system.start(expires_at=system.clock.now_ms() - 1)


COMMANDS: dict[str, Commanding] = {
    "start": lambda system: system.start(),
    "start superseding it": lambda system: system.start(supersedes=OLD),
    "start with its id": lambda system: system.start(sync_id=OLD),
    "resume it": lambda system: system.resume(OLD),
    "cancel it": lambda system: system.cancel(OLD),
    "fetch one": lambda system: system.fetch(id_number=str(student(5)["student_id_number"])),
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
    system: FetcherSystem, state: Callable[[FetcherSystem], Awaitable[None]], name: str, answer: str
) -> None:
    async with system.fetcher():
        await state(system)
        before = answers_of(system)
        sync_id = COMMANDS[name](system)
        await asyncio.sleep(40)

    after = [event for event in answers_of(system)[len(before) :] if event.sync_id == sync_id]
    assert (in_words(after[0], before) if after else NOTHING) == answer


def answers_of(system: FetcherSystem) -> list[Event]:
    log = system.broker.logs[Partition(system.topics.progress, 0)]
    said = (EVENTS.decode(record.value or b"") for record in log)
    return [event for event in said if isinstance(event, ANSWERS)]

"""A command that does not fit into the checkpoint is refused with a reason, and stops nothing."""

import asyncio
import tracemalloc

from libs.common.contracts.checkpoints import Checkpoint, Scope, SyncCheckpoint
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, MissingRecord
from libs.common.contracts.enums import Mode, Outcome, Trigger
from libs.common.contracts.events import (
    ErasureRefused,
    MissingConfirmed,
    PageFetched,
    SyncFetched,
    SyncRefused,
    SyncStarted,
)
from libs.common.kafka.ports import Message
from services.fetcher.checkpoints.bounds import (
    MOST_BACKGROUND_REQUESTS,
    MOST_ERASURES,
    MOST_FAILED_PAGES,
    MOST_REQUESTS,
)
from services.fetcher.hemis.errors import HemisRejected
from tests.scenarios.fetcher.fetcher_system import ADDRESS, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


async def test_a_request_beyond_the_bound_is_refused_and_the_others_are_answered(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        asked = [system.fetch(number) for number in range(1, MOST_REQUESTS + 2)]
        await asyncio.sleep(600)

    assert len(system.events(SyncFetched)) == MOST_REQUESTS
    (refused,) = system.events(SyncRefused)
    assert refused.sync_id == asked[-1]
    assert refused.reason == "too many requests for single records are waiting"


async def test_background_requests_never_use_the_room_of_people(system: FetcherSystem) -> None:
    system.hemis.seconds = 30.0
    async with system.fetcher():
        heals = [system.fetch(number, trigger=Trigger.HEAL) for number in range(1, 1_001)]
        person = system.fetch(5_000)
        await asyncio.sleep(600)

    (decision,) = system.events(SyncFetched, person)
    refused = system.events(SyncRefused)
    assert decision.outcome is Outcome.NOT_FOUND
    assert len(refused) == len(heals) - MOST_BACKGROUND_REQUESTS


async def test_an_erasure_beyond_the_bound_is_refused(system: FetcherSystem) -> None:
    system.hemis.seconds = 3.0
    async with system.fetcher():
        system.fetch(1)
        for number in range(MOST_ERASURES + 1):
            system.send(EraseRecord(**system._common(STUDENTS, {}), key=str(number + 1)))
        await system.until(lambda: system.events(ErasureRefused))

    assert system.events(ErasureRefused)[0].reason == "too many erasures are waiting"


async def test_a_command_with_a_huge_id_is_ignored(system: FetcherSystem) -> None:
    async with system.fetcher():
        system.start(sync_id="s" * 1_000_000)
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED


async def test_a_sync_that_loses_too_many_pages_fails_and_can_be_resumed(
    system: FetcherSystem,
) -> None:
    system.page_size, lost = 1, tuple(range(2, 2 * MOST_FAILED_PAGES - 10, 2))
    system.hemis.items[STUDENTS] = [student(number) for number in range(1, 3 * MOST_FAILED_PAGES)]
    for page in range(2, 3 * MOST_FAILED_PAGES, 2):
        system.hemis.fail(STUDENTS, page, HemisRejected(422, ADDRESS))
    begun = sync_at(lost[-1] + 1, lost)
    checkpoint = Checkpoint(resource=STUDENTS, epoch=1, sync=begun)
    system.broker.append(Message(system.topics.checkpoints, checkpoint.key, encode(checkpoint)))

    async with system.fetcher():
        failed = await system.decided(begun.sync_id)
        system.hemis.heal()
        system.resume(begun.sync_id)
        await system.until(lambda: len(system.events(PageFetched)) > MOST_FAILED_PAGES - len(lost))

    assert failed.outcome is Outcome.FAILED
    assert failed.reason.startswith(f"{MOST_FAILED_PAGES} pages failed, the last one: ")
    assert system.events(SyncStarted)[-1].attempt == 2


def sync_at(page: int, lost: tuple[int, ...]) -> SyncCheckpoint:
    return SyncCheckpoint(
        sync_id="long",
        attempt=1,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        requested_by=None,
        tick_at=None,
        scope=Scope(page_size=1, filters={"_student_status": "-1"}, address=ADDRESS),
        started_at=1,
        next_page=page,
        page_count=3 * MOST_FAILED_PAGES,
        failed_pages=lost,
    )


async def test_commands_that_expired_while_no_fetcher_ran_are_not_kept_in_memory(
    system: FetcherSystem,
) -> None:
    records = tuple(MissingRecord(key=str(n), id_number=f"{n:014}") for n in range(100))
    expired = system._common(STUDENTS, {"expires_at": system.clock.now_ms() - 1})
    for _ in range(1_000):
        system.send(ConfirmMissing(**expired, records=records))

    tracemalloc.start()
    async with system.fetcher():
        await system.decided(system.start())
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 5_000_000
    assert system.events(MissingConfirmed) == []

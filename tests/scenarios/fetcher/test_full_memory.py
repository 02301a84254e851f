"""What does not fit into the fetcher's memory is refused, with a reason, and ends nothing."""

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
from tests.scenarios.fetcher.fetcher_in_memory import ADDRESS, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student


async def test_a_request_beyond_the_bound_is_refused_and_the_others_are_answered(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        asked = [stage.fetch(number) for number in range(1, MOST_REQUESTS + 2)]
        await asyncio.sleep(600)

    assert len(stage.events(SyncFetched)) == MOST_REQUESTS
    (refused,) = stage.events(SyncRefused)
    assert refused.sync_id == asked[-1]
    assert refused.reason == "too many requests for single records are waiting"


async def test_background_requests_never_take_the_place_of_people(stage: Stage) -> None:
    stage.hemis.seconds = 30.0
    async with stage.fetcher():
        heals = [stage.fetch(number, trigger=Trigger.HEAL) for number in range(1, 1_001)]
        person = stage.fetch(5_000)
        await asyncio.sleep(600)

    (decision,) = stage.events(SyncFetched, person)
    refused = stage.events(SyncRefused)
    assert decision.outcome is Outcome.NOT_FOUND
    assert len(refused) == len(heals) - MOST_BACKGROUND_REQUESTS


async def test_an_erasure_beyond_the_bound_is_refused(stage: Stage) -> None:
    stage.hemis.seconds = 3.0
    async with stage.fetcher():
        stage.fetch(1)
        for number in range(MOST_ERASURES + 1):
            stage.send(EraseRecord(**stage._common(STUDENTS, {}), key=str(number + 1)))
        await stage.until(lambda: stage.events(ErasureRefused))

    assert stage.events(ErasureRefused)[0].reason == "too many erasures are waiting"


async def test_a_command_with_a_huge_id_is_ignored(stage: Stage) -> None:
    async with stage.fetcher():
        stage.start(sync_id="s" * 1_000_000)
        decision = await stage.decided(stage.start())

    assert decision.outcome is Outcome.COMPLETED


async def test_a_sync_that_loses_too_many_pages_fails_and_can_be_resumed(stage: Stage) -> None:
    stage.page_size, lost = 1, tuple(range(2, 2 * MOST_FAILED_PAGES - 10, 2))
    stage.hemis.items[STUDENTS] = [student(number) for number in range(1, 3 * MOST_FAILED_PAGES)]
    for page in range(2, 3 * MOST_FAILED_PAGES, 2):
        stage.hemis.fail(STUDENTS, page, HemisRejected(422, ADDRESS))
    begun = sync_at(lost[-1] + 1, lost)
    checkpoint = Checkpoint(resource=STUDENTS, epoch=1, sync=begun)
    stage.broker.append(Message(stage.topics.checkpoints, checkpoint.key, encode(checkpoint)))

    async with stage.fetcher():
        failed = await stage.decided(begun.sync_id)
        stage.hemis.heal()
        stage.resume(begun.sync_id)
        await stage.until(lambda: len(stage.events(PageFetched)) > MOST_FAILED_PAGES - len(lost))

    assert failed.outcome is Outcome.FAILED
    assert failed.reason.startswith(f"{MOST_FAILED_PAGES} pages failed, the last one: ")
    assert stage.events(SyncStarted)[-1].attempt == 2


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
    stage: Stage,
) -> None:
    records = tuple(MissingRecord(key=str(n), id_number=f"{n:014}") for n in range(100))
    expired = stage._common(STUDENTS, {"expires_at": stage.clock.now_ms() - 1})
    for _ in range(1_000):
        stage.send(ConfirmMissing(**expired, records=records))

    tracemalloc.start()
    async with stage.fetcher():
        await stage.decided(stage.start())
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 5_000_000
    assert stage.events(MissingConfirmed) == []

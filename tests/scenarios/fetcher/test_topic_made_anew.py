"""A record topic that was made anew and has grown larger than before: its numbers look the same."""

import asyncio
from collections.abc import Iterable

import msgspec
import pytest
from msgspec.structs import replace

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import PageFetched, SyncFetched
from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.kafka.ports import Message, Partition
from tests.scenarios.fetcher.fetcher_system import ADDRESS, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.loader_reports import full, incremental
from tests.scenarios.fetcher.scripted_hemis import student
from tests.scenarios.fetcher.virtual_time import START_MS

NEWEST = START_MS // 1000


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(number, updated_at=NEWEST) for number in range(1, 36)]


def partitions(system: FetcherSystem) -> list[Partition]:
    return system.broker.partitions([system.topics.records(STUDENTS)])


def grow(system: FetcherSystem, ids: Iterable[int], times: int = 1) -> None:
    """Publish records of these people, as another sync would."""
    for turn in range(times):
        for number in ids:
            value = msgspec.json.encode(student(number))
            origin = RecordOrigin(
                resource=STUDENTS,
                sync_id=f"other-{turn}",
                page=1,
                place=number,
                source=ADDRESS,
                ce_time=system.clock.now_ms() + 1,
            )
            headers = record_headers(origin, str(number), value)
            topic = system.topics.records(STUDENTS)
            system.broker.append(Message(topic, str(number), value, headers))


def make_anew(system: FetcherSystem, times: int = 3) -> None:
    """Lose all records, and grow larger than before with those of a few people."""
    for partition in partitions(system):
        system.broker.logs[partition].clear()
    grow(system, range(1, 31), times)


async def test_the_cursor_of_a_topic_made_anew_is_gone_however_large_it_has_grown(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await full(system)
        make_anew(system)
        started, decision = await incremental(system)

    assert started.mode is Mode.FULL
    assert decision.distinct == 35


async def test_a_compacted_topic_made_anew_is_another_one_too(system: FetcherSystem) -> None:
    async with system.fetcher():
        await full(system)
        grow_from = {partition: system.broker.end(partition) for partition in partitions(system)}
        make_anew(system)
        # Where the last record stood, there is none any more.
        for partition, end in grow_from.items():
            log = system.broker.logs[partition]
            log[:] = [record for record in log if record.offset != end - 1]
        started, _ = await incremental(system)

    assert started.mode is Mode.FULL


@pytest.mark.parametrize("again", [range(1, 36), range(30, 36), [35]])
async def test_a_compacted_topic_is_still_the_same(
    system: FetcherSystem, again: Iterable[int]
) -> None:
    async with system.fetcher():
        await full(system)
        grow(system, again)
        for partition in partitions(system):
            system.broker.compact(partition)
        started, _ = await incremental(system)

    assert started.mode is Mode.INCREMENTAL


async def test_a_checkpoint_of_an_older_version_is_trusted_with_offsets_only(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await full(system)
    checkpoint = system.checkpoint()
    assert checkpoint.next_cursor is not None
    cursor = replace(checkpoint.next_cursor, last_records={})
    older = encode(replace(checkpoint.without_parts(), next_cursor=cursor))
    system.broker.append(Message(system.topics.checkpoints, checkpoint.key, older))

    async with system.fetcher():
        started, _ = await incremental(system)

    assert started.mode is Mode.INCREMENTAL


async def test_a_sync_that_is_taken_over_begins_again_where_the_topic_was_made_anew(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: len(system.events(PageFetched)) == 2)
        await asyncio.sleep(0.5)
    make_anew(system, times=2)

    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert published_by(system, sync_id) == keys(1, 35)
    assert (decision.distinct, decision.complete) == (35, True)


async def test_requests_that_fill_a_topic_made_anew_do_not_hide_it_from_the_sync(
    system: FetcherSystem,
) -> None:
    system.pause_seconds = 300.0
    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: len(system.events(PageFetched)) == 1)
        for partition in partitions(system):
            system.broker.logs[partition].clear()
        numbers = [f"39{number:010}" for number in range(1, 36)]
        singles = [system.fetch(id_number=number) for number in numbers]
        await system.until(lambda: all(system.events(SyncFetched, single) for single in singles))
        assert len(system.events(PageFetched)) == 1
        while not system.events(SyncFetched, sync_id):  # noqa: ASYNC110 — an hour of virtual time
            await asyncio.sleep(10)

    assert published_by(system, sync_id) == keys(1, 35)


@pytest.mark.parametrize("is_taken_over", [False, True])
async def test_an_incremental_sync_fails_on_a_topic_made_anew_and_advises_a_full_one(
    system: FetcherSystem,
    is_taken_over: bool,  # noqa: FBT001 — a case
) -> None:
    async with system.fetcher():
        await full(system)
        pages = len(system.events(PageFetched))
        sync_id = system.start(mode=Mode.INCREMENTAL)
        await system.until(lambda: len(system.events(PageFetched)) == pages + 1)
        if not is_taken_over:
            for partition in partitions(system):
                system.broker.logs[partition].clear()
            await system.decided(sync_id)
    if is_taken_over:
        make_anew(system)

    async with system.fetcher():
        decision = await system.decided(sync_id)
        all_of_them = await system.decided(system.start())

    assert decision.outcome is Outcome.FAILED
    assert decision.reason == (
        f"the topic {system.topics.records(STUDENTS)} was created again,"
        " and an incremental sync cannot fill it: start a full sync"
    )
    assert (all_of_them.distinct, all_of_them.complete) == (35, True)


def published_by(system: FetcherSystem, sync_id: str) -> set[str]:
    return {
        (record.key or b"").decode()
        for record in system.records()
        if dict(record.headers)["sync_id"] == sync_id.encode()
    }


def keys(first: int, last: int) -> set[str]:
    return {str(number) for number in range(first, last + 1)}

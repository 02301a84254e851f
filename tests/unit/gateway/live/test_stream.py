"""The progress stream sends the newest state as a whole, and never a queue."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import Stop
from services.gateway.live.stream import HEARTBEAT, ProgressStream, StreamTiming
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import finished, loaded, started

AT_ONCE = StreamTiming(min_interval=0, poll_interval=0.001, max_silence=60)


@pytest.fixture
async def gateway() -> FakeGateway:
    return await FakeGateway().open()


@asynccontextmanager
async def pushing(progress_stream: ProgressStream) -> AsyncIterator[Stop]:
    stop = Stop()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(progress_stream.run(stop))
        try:
            yield stop
        finally:
            stop.set()


def processed(event: bytes) -> int:
    (line,) = [line for line in event.decode().splitlines() if line.startswith("data: ")]
    return int(json.loads(line.removeprefix("data: "))["processedRecords"])


async def test_a_new_reader_gets_the_whole_object_first_and_then_each_change(
    gateway: FakeGateway,
) -> None:
    progress_stream = ProgressStream(gateway.view, AT_ONCE)
    await gateway.receive(started(), loaded(1))

    async with pushing(progress_stream):
        events = progress_stream.read(Resource.STUDENTS)
        first = await anext(events)
        await gateway.receive(loaded(2))
        second = await anext(events)

    assert first.startswith(b"event: progress\n")
    assert (processed(first), processed(second)) == (50, 100)


async def test_a_slow_reader_gets_the_newest_state_and_not_a_queue(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(gateway.view, AT_ONCE)
    await gateway.receive(started(), loaded(1))

    async with pushing(progress_stream):
        slow, quick = (
            progress_stream.read(Resource.STUDENTS),
            progress_stream.read(Resource.STUDENTS),
        )
        await anext(slow)
        await anext(quick)
        for revision in (2, 3, 4):
            await gateway.receive(loaded(revision))
            await anext(quick)
        late = await anext(slow)

    assert processed(late) == 200


async def test_every_reader_is_sent_the_same_bytes(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(gateway.view, AT_ONCE)
    await gateway.receive(started(), loaded(1))

    readers = [progress_stream.read(Resource.STUDENTS) for _ in range(3)]
    sent = [await anext(reader) for reader in readers]

    assert len({id(event) for event in sent}) == 1


async def test_a_change_by_the_clock_alone_is_pushed(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(gateway.view, AT_ONCE)
    await gateway.receive(started())

    async with pushing(progress_stream):
        events = progress_stream.read(Resource.STUDENTS)
        first = await anext(events)
        gateway.clock.now += 1000
        second = await anext(events)

    assert second not in {first, HEARTBEAT}


async def test_while_nothing_changes_heartbeats_are_sent(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(
        gateway.view, StreamTiming(min_interval=0, poll_interval=0.001, max_silence=0.002)
    )
    await gateway.receive(started(), finished())

    async with pushing(progress_stream):
        events = progress_stream.read(Resource.STUDENTS)
        await anext(events)
        beat = await anext(events)

    assert beat == HEARTBEAT


async def test_before_the_topics_are_read_only_heartbeats_are_sent(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(gateway.view, AT_ONCE)
    gateway.view.caught_up = False

    async with pushing(progress_stream):
        events = progress_stream.read(Resource.STUDENTS)
        before = await anext(events)
        gateway.view.caught_up = True
        await gateway.receive(started(), loaded(3))
        after = await anext(events)

    assert before == HEARTBEAT
    assert processed(after) == 150


async def test_the_stop_ends_all_streams(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(gateway.view, AT_ONCE)

    async with pushing(progress_stream) as stop:
        events = progress_stream.read(Resource.STUDENTS)
        await anext(events)
        stop.set()
        rest = [event async for event in events]

    assert rest in ([], [HEARTBEAT])


async def test_many_changes_at_once_are_one_event(gateway: FakeGateway) -> None:
    progress_stream = ProgressStream(
        gateway.view, StreamTiming(min_interval=0.02, poll_interval=0.001, max_silence=60)
    )
    await gateway.receive(started(), loaded(1))

    async with pushing(progress_stream):
        events = progress_stream.read(Resource.STUDENTS)
        await anext(events)
        counts: list[int] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                for revision in range(2, 40):
                    await gateway.receive(loaded(revision))
                while True:
                    counts.append(processed(await anext(events)))

    assert counts[-1] == 39 * 50
    assert len(counts) <= 2

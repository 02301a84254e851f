"""Commands: accepted once, refused with a reason, never waiting for fetching."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import PageFetched, SyncFetched, SyncRefused, SyncStarted
from libs.common.kafka.in_memory import InMemoryProducer
from libs.common.kafka.ports import Message, Partition, Position
from services.fetcher.hemis.errors import HemisUnavailable
from tests.scenarios.fetcher.fetcher_in_memory import EMPLOYEES, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


class Witness:
    """A producer that notes what was committed when each message went out; see ``Producer``."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._producer = InMemoryProducer(stage.broker)
        self.seen: list[tuple[str, int | None]] = []

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        place = ("hemis.fetcher", Partition(self._stage.topics.commands, 0))
        at = self._stage.broker.committed.get(place)
        self.seen += [(message.topic, at) for message in messages]
        return await self._producer.publish(messages)


async def after_two_pages(stage: Stage) -> None:
    await stage.until(lambda: len(stage.events(PageFetched)) == 2)


async def refusal(stage: Stage, sync_id: str) -> SyncRefused:
    await stage.until(lambda: stage.events(SyncRefused, sync_id))
    return stage.events(SyncRefused, sync_id)[-1]


def committed(stage: Stage) -> int:
    return stage.broker.committed["hemis.fetcher", Partition(stage.topics.commands, 0)]


async def test_a_second_sync_is_refused_and_the_active_one_named(stage: Stage) -> None:
    async with stage.fetcher():
        active = stage.start()
        refused = await refusal(stage, stage.start())

    assert refused.active_sync_id == active
    assert refused.reason == f"sync {active} is running"


async def test_the_other_resource_is_not_in_the_way(stage: Stage) -> None:
    async with stage.fetcher():
        stage.start()
        decision = await stage.decided(stage.start(EMPLOYEES))

    assert decision.outcome is Outcome.COMPLETED


async def test_a_known_id_is_answered_while_it_runs_and_not_run_twice(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        stage.start(sync_id=sync_id)
        await stage.decided(sync_id)

    first, second = stage.events(SyncStarted)
    assert first == second
    assert len(stage.published()) == 35


async def test_a_known_id_is_answered_after_its_end(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        decision = await stage.decided(sync_id)
        stage.start(sync_id=sync_id)
        await stage.until(lambda: len(stage.events(SyncFetched)) == 2)

    assert stage.events(SyncFetched)[1] == decision
    assert len(stage.published()) == 35


async def test_a_known_id_is_answered_long_after_its_end(stage: Stage) -> None:
    async with stage.fetcher():
        first = stage.start()
        await stage.decided(first)
        await stage.decided(stage.start())
        stage.start(sync_id=first)
        await stage.until(lambda: len(stage.events(SyncFetched, first)) == 2)

    assert stage.events(SyncFetched, first)[1].outcome is Outcome.COMPLETED
    assert len(stage.published()) == 70


async def test_a_command_that_came_too_late_is_left_alone(stage: Stage) -> None:
    async with stage.fetcher():
        late = stage.start(expires_at=stage.clock.now_ms() - 1)
        await stage.decided(stage.start())

    assert stage.events(SyncStarted, late) == []
    assert committed(stage) == 2


async def test_bytes_that_are_no_command_are_stepped_over(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.fetcher():
        stage.broker.append(Message(stage.topics.commands, "students", b"{"))
        stage.broker.append(Message(stage.topics.commands, "students", b'{"type":"Dance"}'))
        decision = await stage.decided(stage.start())

    assert decision.outcome is Outcome.COMPLETED
    (told,) = [one for one in caplog.records if "command is unreadable" in one.message]
    assert told.exc_info is None


async def test_a_cancel_stops_within_a_second_also_in_a_wait(stage: Stage) -> None:
    stage.hemis.fail(STUDENTS, 3, HemisUnavailable("HTTP 503"))
    async with stage.fetcher():
        sync_id = stage.start()
        await stage.until(lambda: stage.hemis.pages_asked(STUDENTS).count(3) == 3)
        before = stage.clock.monotonic()
        stage.cancel(sync_id)
        decision = await stage.decided(sync_id)
        passed = stage.clock.monotonic() - before
        asked = len(stage.hemis.calls)
        await asyncio.sleep(60)

    assert passed < 1.0
    assert decision.outcome is Outcome.CANCELLED
    assert decision.distinct == 20
    assert len(stage.hemis.calls) == asked


async def test_a_cancel_after_the_end_says_how_it_ended(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        decision = await stage.decided(sync_id)
        stage.cancel(sync_id)
        await stage.until(lambda: len(stage.events(SyncFetched)) == 2)

    assert stage.events(SyncFetched)[1] == decision


async def test_a_cancel_of_nothing_known_is_refused(stage: Stage) -> None:
    async with stage.fetcher():
        refused = await refusal(stage, stage.cancel("never heard of"))

    assert refused.reason == "this sync is not known"


async def test_a_sync_can_supersede_the_active_one(stage: Stage) -> None:
    async with stage.fetcher():
        stalled = stage.start()
        await after_two_pages(stage)
        newer = stage.start(supersedes=stalled)
        decision = await stage.decided(newer)

    assert stage.events(SyncFetched, stalled)[0].reason == f"superseded by {newer}"
    assert stage.events(SyncStarted, newer)[0].supersedes == stalled
    assert decision.distinct == 35


async def test_a_sync_says_that_it_superseded_only_what_it_stopped(stage: Stage) -> None:
    async with stage.fetcher():
        supposed = await stage.decided(stage.start())
        newer = stage.start(supersedes=supposed.sync_id)
        await stage.decided(newer)

    assert stage.events(SyncStarted, newer)[0].supersedes is None


async def test_a_sync_goes_on_where_the_command_that_supersedes_it_came_too_late(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
    stage.start(supersedes=sync_id, expires_at=stage.clock.now_ms() - 1)
    async with stage.fetcher():
        decision = await stage.decided(sync_id)

    assert (decision.outcome, decision.distinct) == (Outcome.COMPLETED, 35)


async def test_a_command_is_answered_after_its_checkpoint_and_its_commit(stage: Stage) -> None:
    stage.producer = witness = Witness(stage)

    async with stage.fetcher():
        await stage.decided(stage.start())

    answered = next(i for i, (topic, _) in enumerate(witness.seen) if topic.endswith("progress"))
    topics = [topic for topic, _ in witness.seen[:answered]]
    assert topics[-1] == stage.topics.checkpoints
    assert witness.seen[answered] == (stage.topics.progress, 1)


async def test_the_checkpoint_remembers_a_thousand_syncs(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await stage.decided(sync_id)

    known = stage.checkpoint().knows(sync_id)
    assert known is not None
    assert msgspec.to_builtins(known) == [sync_id, 1, "completed", known.at]

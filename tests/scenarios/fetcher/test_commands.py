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
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 36)]


class Witness:
    """A producer that notes what was committed when each message went out; see ``Producer``."""

    def __init__(self, system: FetcherSystem) -> None:
        self._system = system
        self._producer = InMemoryProducer(system.broker)
        self.seen: list[tuple[str, int | None]] = []

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        group_partition = ("hemis.fetcher", Partition(self._system.topics.commands, 0))
        at = self._system.broker.committed.get(group_partition)
        self.seen += [(message.topic, at) for message in messages]
        return await self._producer.publish(messages)


async def after_two_pages(system: FetcherSystem) -> None:
    await system.until(lambda: len(system.events(PageFetched)) == 2)


async def refusal(system: FetcherSystem, sync_id: str) -> SyncRefused:
    await system.until(lambda: system.events(SyncRefused, sync_id))
    return system.events(SyncRefused, sync_id)[-1]


def committed(system: FetcherSystem) -> int:
    return system.broker.committed["hemis.fetcher", Partition(system.topics.commands, 0)]


async def test_a_second_sync_is_refused_and_the_active_one_named(system: FetcherSystem) -> None:
    async with system.fetcher():
        active = system.start()
        refused = await refusal(system, system.start())

    assert refused.active_sync_id == active
    assert refused.reason == f"sync {active} is running"


async def test_a_sync_of_another_resource_does_not_block(system: FetcherSystem) -> None:
    async with system.fetcher():
        system.start()
        decision = await system.decided(system.start(EMPLOYEES))

    assert decision.outcome is Outcome.COMPLETED


async def test_a_known_id_is_answered_while_it_runs_and_not_run_twice(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        system.start(sync_id=sync_id)
        await system.decided(sync_id)

    first, second = system.events(SyncStarted)
    assert first == second
    assert len(system.published()) == 35


async def test_a_known_id_is_answered_after_its_end(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        decision = await system.decided(sync_id)
        system.start(sync_id=sync_id)
        await system.until(lambda: len(system.events(SyncFetched)) == 2)

    assert system.events(SyncFetched)[1] == decision
    assert len(system.published()) == 35


async def test_a_known_id_is_answered_long_after_its_end(system: FetcherSystem) -> None:
    async with system.fetcher():
        first = system.start()
        await system.decided(first)
        await system.decided(system.start())
        system.start(sync_id=first)
        await system.until(lambda: len(system.events(SyncFetched, first)) == 2)

    assert system.events(SyncFetched, first)[1].outcome is Outcome.COMPLETED
    assert len(system.published()) == 70


async def test_a_command_that_came_too_late_is_ignored(system: FetcherSystem) -> None:
    async with system.fetcher():
        late = system.start(expires_at=system.clock.now_ms() - 1)
        await system.decided(system.start())

    assert system.events(SyncStarted, late) == []
    assert committed(system) == 2


async def test_bytes_that_are_no_command_are_stepped_over(
    system: FetcherSystem, caplog: pytest.LogCaptureFixture
) -> None:
    async with system.fetcher():
        system.broker.append(Message(system.topics.commands, "students", b"{"))
        system.broker.append(Message(system.topics.commands, "students", b'{"type":"Dance"}'))
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED
    (told,) = [one for one in caplog.records if "command is unreadable" in one.message]
    assert told.exc_info is None


async def test_a_cancel_stops_within_a_second_also_in_a_wait(system: FetcherSystem) -> None:
    system.hemis.fail(STUDENTS, 3, HemisUnavailable("HTTP 503"))
    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: system.hemis.pages_asked(STUDENTS).count(3) == 3)
        before = system.clock.monotonic()
        system.cancel(sync_id)
        decision = await system.decided(sync_id)
        passed = system.clock.monotonic() - before
        asked = len(system.hemis.calls)
        await asyncio.sleep(60)

    assert passed < 1.0
    assert decision.outcome is Outcome.CANCELLED
    assert decision.distinct == 20
    assert len(system.hemis.calls) == asked


async def test_a_cancel_after_the_end_is_answered_with_the_end(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        decision = await system.decided(sync_id)
        system.cancel(sync_id)
        await system.until(lambda: len(system.events(SyncFetched)) == 2)

    assert system.events(SyncFetched)[1] == decision


async def test_a_cancel_of_nothing_known_is_refused(system: FetcherSystem) -> None:
    async with system.fetcher():
        refused = await refusal(system, system.cancel("never heard of"))

    assert refused.reason == "this sync is not known"


async def test_a_sync_can_supersede_the_active_one(system: FetcherSystem) -> None:
    async with system.fetcher():
        stalled = system.start()
        await after_two_pages(system)
        newer = system.start(supersedes=stalled)
        decision = await system.decided(newer)

    assert system.events(SyncFetched, stalled)[0].reason == f"superseded by {newer}"
    assert system.events(SyncStarted, newer)[0].supersedes == stalled
    assert decision.distinct == 35


async def test_a_sync_names_the_superseded_sync_only_if_it_stopped_it(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        supposed = await system.decided(system.start())
        newer = system.start(supersedes=supposed.sync_id)
        await system.decided(newer)

    assert system.events(SyncStarted, newer)[0].supersedes is None


async def test_an_expired_superseding_command_does_not_stop_the_sync(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
    system.start(supersedes=sync_id, expires_at=system.clock.now_ms() - 1)
    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert (decision.outcome, decision.distinct) == (Outcome.COMPLETED, 35)


async def test_a_command_is_answered_after_its_checkpoint_and_its_commit(
    system: FetcherSystem,
) -> None:
    system.producer = witness = Witness(system)

    async with system.fetcher():
        await system.decided(system.start())

    answered = next(i for i, (topic, _) in enumerate(witness.seen) if topic.endswith("progress"))
    topics = [topic for topic, _ in witness.seen[:answered]]
    assert topics[-1] == system.topics.checkpoints
    assert witness.seen[answered] == (system.topics.progress, 1)


async def test_the_checkpoint_remembers_a_thousand_syncs(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await system.decided(sync_id)

    known = system.checkpoint().knows(sync_id)
    assert known is not None
    assert msgspec.to_builtins(known) == [sync_id, 1, "completed", known.at]

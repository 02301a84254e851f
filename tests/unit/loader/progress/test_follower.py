"""The follower knows the newest events of a sync before its records are counted."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event
from libs.common.contracts.sums import SyncCounts
from libs.common.contracts.topics import Topics
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Message, Partition
from services.loader.progress.follower import ProgressFollower
from tests.unit.loader.sample_events import fetched, report, started

TOPICS = Topics("t", 1)
PROGRESS = Partition(TOPICS.progress, 0)

OTHER = replace(started(), sync_id="other")
FAILED, CANCELLED = fetched(Outcome.FAILED), fetched(Outcome.CANCELLED)
FINISHED = report(fetched(), SyncCounts())

BEHIND: dict[str, tuple[Sequence[Event], Sequence[Event], int | None]] = {
    "it has not heard of it": ([OTHER], [started()], 1),
    "it has seen it fail": ([started(), FAILED], [started(2)], 2),
    "it has seen it cancelled": ([started(), CANCELLED], [started(2)], 2),
    "it takes it for the first attempt still": ([started()], [FAILED, started(2)], 2),
    "it has missed two attempts": ([started()], [FAILED, started(2), started(3)], 3),
    "it takes it for running": ([started()], [fetched(), FINISHED], None),
    "there is nothing more": ([started()], [], 1),
    "there is nothing at all": ([], [OTHER], None),
}
"""What the view holds, what stands behind it, and the attempt for which a record then counts."""


@pytest.mark.parametrize("name", BEHIND)
async def test_a_record_counts_for_the_newest_attempt_on_the_topic(name: str) -> None:
    known, behind, attempt = BEHIND[name]
    broker = InMemoryBroker()
    await broker.ensure_topics(TOPICS.all(), 1)
    async with broker.log_reader({PROGRESS: None}) as reader:
        log = ProgressFollower(reader)
        say(broker, known)
        await log.follow()
        say(broker, behind)

        running = await log.running(["s"])

    attempts = [facts.started.attempt for facts in running.values() if facts.started]
    assert attempts == ([attempt] if attempt else [])


def say(broker: InMemoryBroker, events: Sequence[Event]) -> None:
    for event in events:
        broker.append(Message(TOPICS.progress, event.sync_id, encode(event)))

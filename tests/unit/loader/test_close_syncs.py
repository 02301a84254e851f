"""Syncs that ended on the topic get their rows, even if PostgreSQL refuses one of them."""

from collections.abc import Sequence
from typing import cast

import pytest
from msgspec.structs import replace

from libs.common.clock import SystemClock
from libs.common.contracts.codec import encode
from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.enums import Outcome
from libs.common.contracts.topics import Topics
from libs.common.kafka.in_memory import (
    InMemoryBroker,
    InMemoryGroupConsumer,
    InMemoryLogReader,
    InMemoryProducer,
)
from libs.common.kafka.ports import Message, Partition
from services.loader.close_syncs import ClosingCondition, SyncCloser, SyncClosing
from services.loader.errors import DatabaseAway, RecordRefused
from services.loader.progress.facts import SyncFacts
from services.loader.progress.follower import ProgressFollower
from services.loader.publishing.progress_events import ProgressPublisher
from tests.unit.loader.sample_events import fetched, started

TOPICS = Topics("t", 1)
PROGRESS = Partition(TOPICS.progress, 0)
REFUSED = RecordRefused(RejectCode.REFUSED_BY_DATABASE, "an own trigger")


class Tables:
    """Keeps rows by sync id, and refuses that of ``broken``. See ``SyncClosing``."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.is_away = False

    async def not_stored(self, ended: Sequence[SyncFacts]) -> list[SyncFacts]:
        return [facts for facts in ended if facts.sync_id not in self.rows]

    async def store_ended(self, ended: Sequence[SyncFacts]) -> None:
        names = [facts.sync_id for facts in ended]
        if "broken" in names:
            raise REFUSED
        if names and self.is_away:
            raise DatabaseAway("away")
        self.rows += names


class CloserSetup:
    """A topic with syncs, and the closer that follows it."""

    def __init__(self, broker: InMemoryBroker) -> None:
        self.tables = Tables()
        self.log = ProgressFollower(InMemoryLogReader(broker, {PROGRESS: None}))
        self._consumer = InMemoryGroupConsumer(broker, "g", [])
        self._closer = SyncCloser(
            cast("SyncClosing", self.tables),
            cast("ClosingCondition", None),
            self.log,
            ProgressPublisher(InMemoryProducer(broker), TOPICS, SystemClock()),
            SystemClock(),
        )

    async def step(self) -> None:
        """Close what has ended; raises DatabaseAway."""
        await self._closer.step(self._consumer)


async def setup_of(*ids: str, outcome: Outcome) -> CloserSetup:
    broker = InMemoryBroker()
    await broker.ensure_topics(TOPICS.all(), 1)
    for name in ids:
        for event in (started(), fetched(outcome)):
            told = encode(replace(event, sync_id=name))
            broker.append(Message(TOPICS.progress, name, told))
    return CloserSetup(broker)


async def test_one_sync_that_postgresql_refuses_does_not_stop_the_others() -> None:
    setup = await setup_of("broken", "s1", "s2", outcome=Outcome.FAILED)

    await setup.step()

    assert setup.tables.rows == ["s1", "s2"]
    assert setup.log.facts("broken").is_unstorable


async def test_a_sync_is_closed_after_an_outage() -> None:
    setup = await setup_of("broken", "s1", outcome=Outcome.FAILED)
    setup.tables.is_away = True
    with pytest.raises(DatabaseAway):
        await setup.step()

    assert not setup.log.facts("s1").is_closed
    assert not setup.log.facts("s1").is_unstorable
    setup.tables.is_away = False
    await setup.step()
    assert setup.tables.rows == ["s1"]

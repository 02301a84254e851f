"""A gateway without HTTP, over a broker in memory and a fixed clock."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from libs.common.contracts.codec import encode
from libs.common.contracts.commands import COMMANDS, Command
from libs.common.contracts.events import EVENTS, Event
from libs.common.contracts.topics import Topics
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryProducer
from libs.common.kafka.ports import Message, Partition, Position
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.live.live_view import LiveView
from services.gateway.projection.projection import Projection
from tests.unit.gateway.sample_messages import T0

TOPICS = Topics()


@dataclass
class FixedClock:
    """See ``Clock``: time passes when the test says so."""

    now: int = T0

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return self.now / 1000


@dataclass
class UnreliableProducer:
    """See ``Producer``: confirms only while ``away`` is not set."""

    producer: InMemoryProducer
    away: bool = False

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        # A real one always lets the others run while it waits.
        await asyncio.sleep(0)
        if self.away:
            raise KafkaUnavailable("away")
        return await self.producer.publish(messages)


@dataclass
class FakeGateway:
    """One gateway without HTTP; ``broker`` may be shared with another one."""

    broker: InMemoryBroker = field(default_factory=InMemoryBroker)
    clock: FixedClock = field(default_factory=FixedClock)

    async def open(self) -> "FakeGateway":
        self._read = (0, 0)
        await self.broker.ensure_topics(TOPICS.all(), 1)
        self.kafka = UnreliableProducer(InMemoryProducer(self.broker))
        self.view = LiveView(Projection(), self.clock)
        self.view.caught_up = True
        self.publisher = CommandPublisher(TOPICS, self.view, self.clock)
        self.publisher.connect(self.kafka)
        self.requests = SyncRequests(TOPICS.prefix, self.view, self.publisher, self.clock)
        return self

    def commands(self, first: int = 0) -> list[Command]:
        """Read what was published on the commands topic."""
        decoded = (COMMANDS.decode(value) for value in self._values(TOPICS.commands, first))
        return [command for command in decoded if command is not None]

    def events(self, first: int = 0) -> list[Event]:
        decoded = (EVENTS.decode(value) for value in self._values(TOPICS.progress, first))
        return [event for event in decoded if event is not None]

    async def receive(self, *events: Event) -> None:
        """Fold events as if they had been read from the topic."""
        for event in events:
            place = self.broker.append(Message(TOPICS.progress, event.sync_id, encode(event)))
            self.view.projection.fold_event(event, place.offset)
        await self.view.notify()

    def read_back(self) -> None:
        """Fold what is new on the topics, as a follower does."""
        commands, events = self.commands(self._read[0]), self.events(self._read[1])
        for place, command in enumerate(commands, self._read[0]):
            self.view.projection.fold_command(command, place)
        for place, event in enumerate(events, self._read[1]):
            self.view.projection.fold_event(event, place)
        self._read = (self._read[0] + len(commands), self._read[1] + len(events))

    def _values(self, topic: str, first: int) -> list[bytes]:
        records = self.broker.logs[Partition(topic, 0)][first:]
        return [record.value for record in records if record.value]

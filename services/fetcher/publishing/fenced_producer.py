"""Publishing for a tenure: waits for a Kafka that is away, refuses once the tenure is lost."""

import asyncio
from collections.abc import Sequence
from functools import partial
from hashlib import blake2b

from libs.common.clock import Clock
from libs.common.contracts.checkpoints import Said
from libs.common.contracts.codec import encode
from libs.common.contracts.events import Event
from libs.common.contracts.topics import Topics
from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable, MessageTooLarge, TopicLimit
from libs.common.kafka.ports import Message, Position, Producer
from libs.common.process.readiness import Readiness

# The group's session time-out (6 s) runs from our last heartbeat, which may have been one interval
# (2 s) before the freeze: after the rest of it the partition may be another's.
_LONGEST_FREEZE_SECONDS = 3.5
_LOOK_SECONDS = 0.5


class LeadershipLost(TransientError):
    """What this fetcher holds may be another's by now; begin again from the checkpoints."""


class FreezeDetector:
    """Knows when this process last ran."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.monotonic()

    def check(self) -> None:
        """Refuse to go on after a freeze.

        Raises:
            TenureLost: this process did not run for so long that the group may have dropped it.
        """
        silent_seconds = self._clock.monotonic() - self._seen
        if silent_seconds > _LONGEST_FREEZE_SECONDS:
            raise LeadershipLost(f"frozen for {silent_seconds:.0f} s")

    async def run(self) -> None:
        """Look at the clock until cancelled; raises TenureLost."""
        while True:
            self.check()
            self._seen = self._clock.monotonic()
            await asyncio.sleep(_LOOK_SECONDS)


class FencedProducer:
    """Everything that a tenure publishes goes through here."""

    def __init__(
        self, producer: Producer, topics: Topics, readiness: Readiness, watch: FreezeDetector
    ) -> None:
        self._producer = producer
        self._readiness = readiness
        self._watch = watch
        self.topics = topics
        self.last_said: Said | None = None

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        """Publish, wait until all is acknowledged, try again while Kafka is away.

        Raises:
            MessageTooLarge: one is over the limit of every topic.
            TenureLost: another fetcher may have taken over.
            Stopped: the stop came while Kafka was away.
        """
        return await self._readiness.wait_for(
            KAFKA, partial(self._attempt, messages), KafkaUnavailable
        )

    async def publish_records(self, messages: Sequence[Message]) -> list[Position]:
        """As ``publish``, but a message over its topic's limit raises MessageTooLarge too."""

        async def attempt() -> list[Position]:
            try:
                return await self._attempt(messages)
            except TopicLimit as error:
                raise MessageTooLarge(error.detail) from error

        return await self._readiness.wait_for(KAFKA, attempt, KafkaUnavailable)

    async def _attempt(self, messages: Sequence[Message]) -> list[Position]:
        self._watch.check()
        return await self._producer.publish(messages)

    async def say(self, *events: Event) -> int:
        """Publish events, in order, and return the last one's offset; raises as ``publish``."""
        topic = self.topics.progress
        messages = [Message(topic, event.sync_id, encode(event)) for event in events]
        offset = (await self.publish(messages))[-1].offset
        self.last_said = Said(offset, mark_of_event(messages[-1].value or b""))
        return offset


def mark_of_event(value: bytes) -> str:
    """Return a short hash, to recognise the event."""
    return blake2b(value, digest_size=8).hexdigest()

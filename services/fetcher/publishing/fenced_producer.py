"""Publishes for one leader term: waits while Kafka is away, refuses once leadership is lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

from libs.common.clock import Clock
from libs.common.contracts.checkpoints import LastEvent
from libs.common.contracts.codec import encode
from libs.common.contracts.events import Event
from libs.common.contracts.topics import Topics
from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable, MessageTooLarge, TopicLimit
from libs.common.kafka.ports import Message, Position, Producer
from libs.common.process.readiness import Readiness

# The group's session timeout (6 s) counts from our last heartbeat, up to one interval (2 s) before
# the freeze. After the rest of it another fetcher may own the partition.
_LONGEST_FREEZE_SECONDS = 3.5
_CHECK_SECONDS = 0.5


class LeadershipLost(TransientError):
    """Another fetcher may lead by now: begin again from the checkpoints."""


class FreezeDetector:
    """Notices that this process did not run for some seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ran_at = clock.monotonic()

    def check(self) -> None:
        """Check the time since this process last ran.

        Raises:
            LeadershipLost: the freeze was long enough for the group to drop this process.
        """
        frozen_seconds = self._clock.monotonic() - self._ran_at
        if frozen_seconds > _LONGEST_FREEZE_SECONDS:
            raise LeadershipLost(f"frozen for {frozen_seconds:.0f} s")

    async def run(self) -> None:
        """Check twice a second until cancelled; raises as ``check``."""
        while True:
            self.check()
            self._ran_at = self._clock.monotonic()
            await asyncio.sleep(_CHECK_SECONDS)


@dataclass
class FencedProducer:
    """Publishes everything that a leader term publishes."""

    producer: Producer
    topics: Topics
    readiness: Readiness
    freeze_detector: FreezeDetector
    last_event: LastEvent | None = field(default=None, init=False)
    """The last event that Kafka acknowledged in this term."""

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        """Publish, wait for every acknowledgement, retry while Kafka is away.

        Raises:
            MessageTooLarge: a message is over the limit of every topic.
            LeadershipLost: another fetcher may lead by now.
            Stopped: the stop came while Kafka was away.
        """
        attempt = partial(self._attempt, messages)
        return await self.readiness.wait_for(KAFKA, attempt, KafkaUnavailable)

    async def publish_records(self, messages: Sequence[Message]) -> list[Position]:
        """As ``publish``, but a message over its topic's limit raises MessageTooLarge too."""

        async def attempt() -> list[Position]:
            try:
                return await self._attempt(messages)
            except TopicLimit as error:
                raise MessageTooLarge(error.detail) from error

        return await self.readiness.wait_for(KAFKA, attempt, KafkaUnavailable)

    async def _attempt(self, messages: Sequence[Message]) -> list[Position]:
        self.freeze_detector.check()
        return await self.producer.publish(messages)

    async def publish_events(self, *events: Event) -> int:
        """Publish events in order; return the last one's offset; raises as ``publish``."""
        topic = self.topics.progress
        messages = [Message(topic, event.sync_id, encode(event)) for event in events]
        offset = (await self.publish(messages))[-1].offset
        self.last_event = LastEvent(offset, short_hash(messages[-1].value or b""))
        return offset


def short_hash(value: bytes) -> str:
    """Return 16 hex digits by which a message is recognised."""
    return blake2b(value, digest_size=8).hexdigest()

"""Publishes dead letters, and an event for each on the progress topic."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.dead_letters import DeadLetter
from libs.common.contracts.events import RecordRejected
from libs.common.contracts.topics import Topics
from libs.common.kafka.errors import MessageTooLarge, TopicLimit
from libs.common.kafka.ports import Message, Producer
from services.loader.errors import RecordRefused
from services.loader.records.incoming import IncomingRecord

logger = logging.getLogger(__name__)


@dataclass
class DeadLetterPublisher:
    """Publishes before the batch commits; a dead letter published twice keeps its id."""

    producer: Producer
    topics: Topics
    clock: Clock

    async def publish(self, records: Sequence[IncomingRecord]) -> None:
        """Publish a dead letter and an event for each refused record; raises KafkaUnavailable."""
        refused = [(r, r.refused) for r in records if r.refused and not r.has_dead_letter]
        if not refused:
            return
        await self._publish([self._dead_letter(*pair) for pair in refused])
        await self.producer.publish([self._event(*pair) for pair in refused])
        for record, reason in refused:
            record.has_dead_letter = True
            logger.error(
                "HEMIS %s record rejected",
                record.resource,
                extra={"id": record.dead_letter_id, "reason": str(reason), "sync": record.sync_id},
            )

    async def _publish(self, dead_letters: Sequence[DeadLetter]) -> None:
        try:
            await self.producer.publish([self._message(one) for one in dead_letters])
        except (MessageTooLarge, TopicLimit):
            if len(dead_letters) == 1:
                await self.producer.publish([self._message(_stub(dead_letters[0]))])
                return
            # Its headers can make a record too large. The error does not name the record.
            for dead_letter in dead_letters:
                await self._publish([dead_letter])

    def _message(self, dead_letter: DeadLetter) -> Message:
        return Message(
            self.topics.dead_letters,
            dead_letter.dead_letter_id,
            dead_letter.value,
            dead_letter.headers(),
        )

    def _dead_letter(self, record: IncomingRecord, refused: RecordRefused) -> DeadLetter:
        return DeadLetter(
            dead_letter_id=record.dead_letter_id,
            resource=record.resource,
            code=refused.code,
            reason=refused.reason,
            sync_id=record.sync_id,
            record_key=record.key,
            buried_at=self.clock.now_ms(),
            value=record.value or b"",
        )

    def _event(self, record: IncomingRecord, refused: RecordRefused) -> Message:
        event = RecordRejected(
            sync_id=record.sync_id,
            resource=record.resource,
            at=self.clock.now_ms(),
            dead_letter_id=record.dead_letter_id,
            code=refused.code,
            reason=refused.reason,
            record=record.key,
        )
        return Message(self.topics.progress, event.sync_id, encode(event))


def _stub(dead_letter: DeadLetter) -> DeadLetter:
    """Replace the value by its size."""
    stub = msgspec.json.encode({"id": dead_letter.record_key, "size": len(dead_letter.value)})
    return msgspec.structs.replace(dead_letter, value=stub)

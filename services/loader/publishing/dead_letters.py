"""Where records go that can never be loaded: the dead-letter topic, and a word on progress."""

import logging
from collections.abc import Sequence

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


class DeadLetterPublisher:
    """Buries before the batch commits; burying twice is burying once, by the same id."""

    def __init__(self, producer: Producer, topics: Topics, clock: Clock) -> None:
        self._producer = producer
        self._topics = topics
        self._clock = clock

    async def bury(self, records: Sequence[IncomingRecord]) -> None:
        """Publish dead letters and their events; raises KafkaUnavailable."""
        refused = [(r, r.refused) for r in records if r.refused and not r.is_buried]
        if not refused:
            return
        await self._publish([self._letter(*pair) for pair in refused])
        await self._producer.publish([self._event(*pair) for pair in refused])
        for record, reason in refused:
            record.is_buried = True
            logger.error(
                "HEMIS %s record rejected",
                record.resource,
                extra={"id": record.dead_letter_id, "reason": str(reason), "sync": record.sync_id},
            )

    async def _publish(self, letters: Sequence[DeadLetter]) -> None:
        try:
            await self._producer.publish([self._message(letter) for letter in letters])
        except (MessageTooLarge, TopicLimit):
            # With its reason a record may no longer fit. The error does not say which one it is.
            for letter in letters:
                await self._publish_alone(letter)

    async def _publish_alone(self, letter: DeadLetter) -> None:
        try:
            await self._producer.publish([self._message(letter)])
        except (MessageTooLarge, TopicLimit):
            await self._producer.publish([self._message(_stub(letter))])

    def _message(self, letter: DeadLetter) -> Message:
        return Message(
            self._topics.dead_letters, letter.dead_letter_id, letter.value, letter.headers()
        )

    def _letter(self, record: IncomingRecord, refused: RecordRefused) -> DeadLetter:
        return DeadLetter(
            dead_letter_id=record.dead_letter_id,
            resource=record.resource,
            code=refused.code,
            reason=refused.reason,
            sync_id=record.sync_id,
            record_key=record.key,
            buried_at=self._clock.now_ms(),
            value=record.value or b"",
        )

    def _event(self, record: IncomingRecord, refused: RecordRefused) -> Message:
        event = RecordRejected(
            sync_id=record.sync_id,
            resource=record.resource,
            at=self._clock.now_ms(),
            dead_letter_id=record.dead_letter_id,
            code=refused.code,
            reason=refused.reason,
            record=record.key,
        )
        return Message(self._topics.progress, event.sync_id, encode(event))


def _stub(letter: DeadLetter) -> DeadLetter:
    stub = msgspec.json.encode({"id": letter.record_key, "size": len(letter.value)})
    return msgspec.structs.replace(letter, value=stub)

"""Publishes the records of an answer, and a dead letter for each that cannot be published."""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence

from msgspec.structs import replace

from libs.common.contracts.dead_letters import DeadLetter
from libs.common.contracts.events import RecordRejected
from libs.common.contracts.records import Headers, RecordOrigin
from libs.common.kafka.errors import MessageTooLarge
from libs.common.kafka.ports import Message, Position
from services.fetcher.publishing.fenced_producer import FencedProducer
from services.fetcher.publishing.last_records import last_records
from services.fetcher.publishing.messages import (
    PageMessages,
    page_messages,
    record_message,
    stub_of,
    too_large,
)
from services.fetcher.syncs.duplicate_keys import DuplicateKeys
from services.fetcher.syncs.published import Published, end_offsets

_Publish = Callable[[Sequence[Message]], Awaitable[list[Position]]]


class RecordPublisher:
    """The only writer of the record topics, and so the place where erased people are left out."""

    def __init__(self, producer: FencedProducer, suppressed: Container[int]) -> None:
        self._producer = producer
        self._suppressed = suppressed
        self._ends: dict[str, int] = {}
        self.losses = 0
        """How often the topic had lost records: it was created anew, or lost its end."""

    def expect_ends(self, ends: Mapping[str, int]) -> None:
        """Note how far the topic was written; a record with a lower offset is a loss."""
        self._ends = self._ends | {
            partition: max(end, self._ends.get(partition, 0)) for partition, end in ends.items()
        }

    async def publish(self, items: Iterable[bytes], origin: RecordOrigin) -> Published:
        """Publish items and wait for every acknowledgement.

        Raises as ``FencedProducer.publish``.
        """
        return await self.publish_messages(self.messages_of(items, origin), origin)

    def messages_of(
        self, items: Iterable[bytes], origin: RecordOrigin, duplicates: DuplicateKeys | None = None
    ) -> PageMessages:
        return page_messages(items, origin, self._producer.topics, self._suppressed, duplicates)

    async def publish_messages(self, page: PageMessages, origin: RecordOrigin) -> Published:
        """Publish what ``messages_of`` returned; raises as ``publish``."""
        sent, refused = await self._send(page.messages)
        stubs = (too_large(message, origin, self._producer.topics) for message in refused)
        await self._publish_dead_letters((*page.dead_letters, *stubs))
        rejected = (letter.dead_letter_id for letter in page.dead_letters)
        return Published(
            keys=tuple(message.key for message, _ in sent),
            hemis_ids=frozenset(int(message.route or 0) for message, _ in sent),
            rejected=(*rejected, *(message.key for message in refused)),
            offsets=tuple(position for _, position in sent),
            last_records=last_records(sent),
            suppressed=tuple(page.suppressed),
        )

    async def publish_tombstones(
        self, keys: Sequence[str], origin: RecordOrigin, headers: Headers = ()
    ) -> None:
        """Publish a tombstone for each key, with these additional headers.

        Raises as ``FencedProducer.publish``.
        """
        topics = self._producer.topics
        messages = [
            record_message(key, None, replace(origin, place=place), topics, headers)
            for place, key in enumerate(keys, start=origin.place)
        ]
        await self._publish(self._producer.publish, messages)

    async def _publish(self, publish: _Publish, messages: Sequence[Message]) -> list[Position]:
        """Publish records, and count a loss if the topic lost earlier ones."""
        # Messages that are published at the same time may be acknowledged in any order.
        before = self._ends
        positions = await publish(messages)
        offsets = [(str(position.partition), position.offset) for position in positions]
        if any(offset < before.get(partition, 0) for partition, offset in offsets):
            self.losses += 1
            self._ends = {}
        self._ends = end_offsets(self._ends, offsets)
        return positions

    async def _send(
        self, messages: Sequence[Message]
    ) -> tuple[list[tuple[Message, tuple[str, int]]], list[Message]]:
        """Return the published messages with their positions, and those too large for Kafka."""
        try:
            positions = await self._publish(self._producer.publish_records, messages)
        except MessageTooLarge:
            if len(messages) == 1:
                return [], list(messages)
        else:
            offsets = ((str(position.partition), position.offset) for position in positions)
            return list(zip(messages, offsets, strict=True)), []
        # Kafka does not say which message is too large, so each half is sent alone. Records that
        # were published already come twice, which is harmless.
        middle = len(messages) // 2
        first, second = await self._send(messages[:middle]), await self._send(messages[middle:])
        return first[0] + second[0], first[1] + second[1]

    async def _publish_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        try:
            await self._producer.publish_records(self._dead_letter_messages(letters))
        except MessageTooLarge:
            for letter in letters:
                await self._publish_dead_letter(letter)
        await self._producer.publish_events(*map(_rejected, letters))

    async def _publish_dead_letter(self, letter: DeadLetter) -> None:
        try:
            await self._producer.publish_records(self._dead_letter_messages([letter]))
        except MessageTooLarge:
            stub = stub_of(letter, letter.record_key)
            await self._producer.publish(self._dead_letter_messages([stub]))

    def _dead_letter_messages(self, letters: Sequence[DeadLetter]) -> list[Message]:
        topic = self._producer.topics.dead_letters
        return [
            Message(topic, letter.dead_letter_id, letter.value, letter.headers())
            for letter in letters
        ]


def _rejected(letter: DeadLetter) -> RecordRejected:
    return RecordRejected(
        sync_id=letter.sync_id,
        resource=letter.resource,
        at=letter.buried_at,
        dead_letter_id=letter.dead_letter_id,
        code=letter.code,
        reason=letter.reason,
        record=letter.record_key,
    )

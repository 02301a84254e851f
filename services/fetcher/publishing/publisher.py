"""Publishing what a request brought: its records, and dead letters for those that cannot be."""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence

from msgspec.structs import replace

from libs.common.contracts.dead_letters import DeadLetter
from libs.common.contracts.events import RecordRejected
from libs.common.contracts.records import RecordOrigin
from libs.common.kafka.errors import MessageTooLarge
from libs.common.kafka.ports import Message, Position
from services.fetcher.publishing.fenced_producer import FencedProducer
from services.fetcher.publishing.last_records import last_records
from services.fetcher.publishing.messages import (
    PageMessages,
    erasure,
    page_messages,
    stub_of,
    tombstone,
    too_large,
)
from services.fetcher.syncs.duplicate_keys import DuplicateKeys
from services.fetcher.syncs.published import Published, end_offsets

_Publish = Callable[[Sequence[Message]], Awaitable[list[Position]]]


class RecordPublisher:
    """The only writer of the record topics, and so the one place where the erased are left out."""

    def __init__(self, outbox: FencedProducer, suppressed: Container[int]) -> None:
        self._outbox = outbox
        self._suppressed = suppressed
        self._ends: dict[str, int] = {}
        self.losses = 0
        """How often the topic was seen to have lost records: it was made anew, or lost its end."""

    def expect(self, ends: Mapping[str, int]) -> None:
        """Note how far the topic was written before; a record that lands below is a loss."""
        self._ends = self._ends | {
            partition: max(end, self._ends.get(partition, 0)) for partition, end in ends.items()
        }

    async def publish(self, items: Iterable[bytes], origin: RecordOrigin) -> Published:
        """Publish items and wait for every acknowledgement.

        Raises as ``FencedProducer.publish``.
        """
        return await self.publish_sorted(self.sorted(items, origin), origin)

    def sorted(
        self, items: Iterable[bytes], origin: RecordOrigin, duplicates: DuplicateKeys | None = None
    ) -> PageMessages:
        return page_messages(items, origin, self._outbox.topics, self._suppressed, duplicates)

    async def publish_sorted(self, found: PageMessages, origin: RecordOrigin) -> Published:
        """Publish what was sorted out before; see ``publish``."""
        sent, refused = await self._send(found.messages)
        stubs = (too_large(message, origin, self._outbox.topics) for message in refused)
        await self._bury((*found.buried, *stubs))
        buried = (letter.dead_letter_id for letter in found.buried)
        return Published(
            keys=tuple(message.key for message, _ in sent),
            hemis_ids=frozenset(int(message.route or 0) for message, _ in sent),
            buried=(*buried, *(message.key for message in refused)),
            offsets=tuple(place for _, place in sent),
            last_records=last_records(sent),
            suppressed=found.suppressed,
        )

    async def publish_tombstones(self, keys: Sequence[str], origin: RecordOrigin) -> None:
        """Say of these keys that they are gone at the source.

        Raises as ``FencedProducer.publish``.
        """
        gone = [
            tombstone(key, replace(origin, place=place), self._outbox.topics)
            for place, key in enumerate(keys, start=origin.place)
        ]
        await self._publish(self._outbox.publish, gone)

    async def publish_erasures(self, keys: Sequence[str], origin: RecordOrigin) -> None:
        """Erase these keys; raises as ``FencedProducer.publish``."""
        erased = [
            erasure(key, replace(origin, place=place), self._outbox.topics)
            for place, key in enumerate(keys, start=origin.place)
        ]
        await self._publish(self._outbox.publish, erased)

    async def _publish(self, publish: _Publish, messages: Sequence[Message]) -> list[Position]:
        """Publish records, and notice where the topic lost those of before."""
        # What is published at the same time may be acknowledged in any order.
        before = self._ends
        positions = await publish(messages)
        places = [(str(place.partition), place.offset) for place in positions]
        if any(offset < before.get(partition, 0) for partition, offset in places):
            self.losses += 1
            self._ends = {}
        self._ends = end_offsets(self._ends, places)
        return positions

    async def _send(
        self, messages: Sequence[Message]
    ) -> tuple[list[tuple[Message, tuple[str, int]]], list[Message]]:
        """Return those that were taken, with their places, and those too large for Kafka."""
        try:
            positions = await self._publish(self._outbox.publish_records, messages)
        except MessageTooLarge:
            if len(messages) == 1:
                return [], list(messages)
        else:
            places = ((str(place.partition), place.offset) for place in positions)
            return list(zip(messages, places, strict=True)), []
        # Which one it was is not said, so each half is sent by itself; what was there already
        # comes twice, which is harmless.
        middle = len(messages) // 2
        first, second = await self._send(messages[:middle]), await self._send(messages[middle:])
        return first[0] + second[0], first[1] + second[1]

    async def _bury(self, letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        try:
            await self._outbox.publish_records(self._messages(letters))
        except MessageTooLarge:
            for letter in letters:
                await self._bury_alone(letter)
        await self._outbox.say(*(_rejected(letter) for letter in letters))

    async def _bury_alone(self, letter: DeadLetter) -> None:
        try:
            await self._outbox.publish_records(self._messages([letter]))
        except MessageTooLarge:
            await self._outbox.publish(self._messages([stub_of(letter, letter.record_key)]))

    def _messages(self, letters: Sequence[DeadLetter]) -> list[Message]:
        topic = self._outbox.topics.dead_letters
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

"""Read one dead letter whole, from its place in the topic, when somebody asks for it."""

import asyncio

from libs.common.errors import TransientError
from libs.common.kafka.ports import Broker, LogReader, Partition, Record
from services.gateway.dead_letters.index import IndexedDeadLetter
from services.gateway.errors import KafkaSilent

_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.5


class StoredValues:
    """Each look is a connection of its own, so there is one at a time."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._partition = Partition(topic, 0)
        self._turn = asyncio.Lock()

    async def record(self, letter: IndexedDeadLetter) -> Record | None:
        """Give the message; None where the topic no longer holds it. Raises KafkaSilent."""
        try:
            async with (
                asyncio.timeout(_ANSWER_SECONDS),
                self._turn,
                self._broker.log_reader({self._partition: letter.place}) as reader,
            ):
                return await self._find(reader, letter)
        except (TransientError, TimeoutError):
            raise KafkaSilent from None

    async def _find(self, reader: LogReader, letter: IndexedDeadLetter) -> Record | None:
        bounds = (await reader.bounds())[self._partition]
        if not bounds.first <= letter.place < bounds.end:
            return None
        found: list[Record] = []
        while not found:
            found = await reader.poll(_POLL_SECONDS)
        # Where it was compacted away the next one stands there.
        first = found[0]
        is_it = first.offset == letter.place and first.key == letter.letter_id.encode()
        return first if is_it else None

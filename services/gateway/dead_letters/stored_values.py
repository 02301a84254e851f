"""Reads one dead letter with its value from the topic, on request."""

import asyncio

from libs.common.errors import TransientError
from libs.common.kafka.ports import Broker, LogReader, Partition, Record
from services.gateway.dead_letters.index import IndexedDeadLetter
from services.gateway.errors import KafkaSilent

_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.5


class StoredValues:
    """Reads one dead letter at a time: each request opens a connection of its own."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._partition = Partition(topic, 0)
        self._lock = asyncio.Lock()

    async def record(self, dead_letter: IndexedDeadLetter) -> Record | None:
        """Return the message; None if the topic no longer has it. Raises KafkaSilent."""
        try:
            async with (
                asyncio.timeout(_ANSWER_SECONDS),
                self._lock,
                self._broker.log_reader({self._partition: dead_letter.offset}) as reader,
            ):
                return await self._find(reader, dead_letter)
        except (TransientError, TimeoutError):
            raise KafkaSilent from None

    async def _find(self, reader: LogReader, dead_letter: IndexedDeadLetter) -> Record | None:
        offset = dead_letter.offset
        bounds = (await reader.bounds())[self._partition]
        if not bounds.first <= offset < bounds.end:
            return None
        found: list[Record] = []
        while not found:
            found = await reader.poll(_POLL_SECONDS)
        # If the message was compacted away, the first one read is a later one.
        first = found[0]
        is_it = first.offset == offset and first.key == dead_letter.dead_letter_id.encode()
        return first if is_it else None

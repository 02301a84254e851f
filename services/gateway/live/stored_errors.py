"""All errors of a sync, read from its events on the topic at each request.

A request reads the sync's part of the topic. It keeps a hash of eight bytes for each dead letter,
so that an event that was published twice is shown once.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS, RecordRejected
from libs.common.errors import TransientError
from libs.common.kafka.log_reader import read_until
from libs.common.kafka.ports import Broker, Partition, Record
from services.gateway.errors import KafkaSilent
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.error_lines import general_lines, line_of

_ANSWER_SECONDS = 20.0
# Positions below this belong to errors of the whole sync; a record's is a multiple of it.
_POSITIONS_PER_RECORD = 1 << 20


class StoredErrors:
    """Reads one page at a time: each request opens a connection of its own."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._partition = Partition(topic, 0)
        self._lock = asyncio.Lock()

    async def page(self, sync: SyncState, after: int, limit: int) -> tuple[list[str], int | None]:
        """Return the lines after a position, in the order of the topic.

        And the position of the last line, for the next request; None on the last page.

        Raises:
            KafkaSilent: Kafka did not answer in time.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS), self._lock:
                found = await self._find(sync, after, limit + 1)
        except (TransientError, TimeoutError):
            raise KafkaSilent from None
        following = found[limit - 1][0] if len(found) > limit else None
        return [line for _, line in found[:limit]], following

    async def _find(self, sync: SyncState, after: int, most: int) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        async with aclosing(self._lines(sync)) as lines:
            async for position, line in lines:
                if position > after:
                    found.append((position, line))
                if len(found) == most:
                    break
        return found

    async def _lines(self, sync: SyncState) -> AsyncGenerator[tuple[int, str], None]:
        for position, line in enumerate(general_lines(sync), start=1):
            yield position, line
        if not sync.rejected:
            return
        seen: set[bytes] = set()
        async with aclosing(self._records(sync)) as records:
            async for record in records:
                rejected = _rejected(record)
                if rejected is None:
                    continue
                digest = hashlib.blake2b(rejected.dead_letter_id.encode(), digest_size=8).digest()
                if digest not in seen:
                    seen.add(digest)
                    yield (record.offset + 1) * _POSITIONS_PER_RECORD, line_of(rejected)

    async def _records(self, sync: SyncState) -> AsyncGenerator[Record, None]:
        key = sync.sync_id.encode()
        async with self._broker.log_reader({self._partition: sync.first_offset}) as reader:
            bounds = (await reader.bounds())[self._partition]
            end = min(bounds.end, sync.last_offset + 1)
            async for records in read_until(reader, {self._partition: end}):
                for record in records:
                    if record.key == key:
                        yield record


def _rejected(record: Record) -> RecordRejected | None:
    try:
        event = EVENTS.decode(record.value or b"")
    except (MalformedMessage, msgspec.MsgspecError):
        return None
    return event if isinstance(event, RecordRejected) else None

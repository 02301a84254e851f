"""Follows ``hemis.progress`` and keeps the facts of each sync."""

import asyncio
import logging
from collections.abc import Iterable, Iterator

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import EVENTS
from libs.common.kafka.ports import LogReader, Record
from libs.common.kafka.reader import read_to_end
from services.loader.sync_facts import SyncFacts

logger = logging.getLogger(__name__)


class SyncLog:
    """Follows the progress topic; the loading and the closing loop both ask it."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._syncs: dict[str, SyncFacts] = {}
        self._next_offset = 0
        self.losses = 0
        """How often the topic was seen to have lost its end, so far."""
        self._reading = asyncio.Lock()

    async def follow(self) -> None:
        """Fold what has arrived, without waiting for more; raises KafkaUnavailable."""
        async with self._reading:
            self._fold(await self._reader.poll(0))

    async def catch_up(self) -> None:
        """Fold everything up to the topic's present end; raises KafkaUnavailable."""
        async with self._reading:
            async for records in read_to_end(self._reader):
                self._fold(records)

    def _fold(self, records: list[Record]) -> None:
        for record in records:
            self._notice_loss(record.offset)
            try:
                event = EVENTS.decode(record.value or b"")
            except MalformedMessage as error:
                logger.warning(
                    "not an event", extra={"offset": record.offset, "reason": str(error)}
                )
                continue
            if event is not None:
                self._syncs.setdefault(event.sync_id, SyncFacts()).fold(event)

    def _notice_loss(self, offset: int) -> None:
        """Where the topic lost its end, or was made anew, it is read from its beginning again.

        What it no longer says is not known from it any more.
        """
        if offset < self._next_offset:
            logger.warning("HEMIS the progress topic lost its end", extra={"offset": offset})
            self._syncs.clear()
            self.losses += 1
        self._next_offset = offset + 1

    def all(self) -> Iterator[SyncFacts]:
        return iter(tuple(self._syncs.values()))

    async def running(self, sync_ids: Iterable[str]) -> dict[str, SyncFacts]:
        """Return those whose records count: started, and not finished.

        What the topic said before these records were published is known first: a sync may have
        begun, failed and been resumed since it was last looked at. Raises KafkaUnavailable.
        """
        await self.catch_up()
        return {name: self._syncs[name] for name in sync_ids if self.is_running(name)}

    def facts(self, sync_id: str) -> SyncFacts:
        return self._syncs.get(sync_id, SyncFacts())

    def is_running(self, sync_id: str) -> bool:
        facts = self._syncs.get(sync_id)
        return facts is not None and facts.started is not None and facts.finished is None

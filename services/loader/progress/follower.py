"""Follows ``hemis.progress``, and keeps the facts of each sync that is not settled."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.enums import Kind
from libs.common.contracts.events import EVENTS, Event, SyncStarted
from libs.common.contracts.resources import Resource
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import LogReader, Record
from services.loader.progress.facts import FOLDED, ReadPosition, SyncFacts, offset_fingerprint

logger = logging.getLogger(__name__)

_MAX_SYNCS_IN_MEMORY = 5_000


class ProgressFollower:
    """Folds the progress topic; all tasks of the loader share it."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._syncs: dict[str, SyncFacts] = {}
        self._newest: dict[Resource, int] = {}
        """When the newest full sync of each resource began, in unix milliseconds."""
        self._last: Record | None = None
        self._next_offset = 0
        self.losses = 0
        """How often the topic has lost its end, or was recreated."""
        self.drop_settled: Callable[[], Awaitable[None]] | None = None
        """Called after thousands of syncs were read, to keep memory bounded."""
        self._reading = asyncio.Lock()

    async def follow(self) -> None:
        """Fold the events that have arrived; raises KafkaUnavailable."""
        async with self._reading:
            self._fold_new(await self._reader.poll(0))

    async def catch_up(self) -> None:
        """Fold all events up to the current end of the topic.

        Raises KafkaUnavailable, and what ``drop_settled`` raises.
        """
        async with self._reading:
            await self._read_on(self._reader, self._fold_new)

    async def read_again(self, reader: LogReader) -> None:
        """Fold events again, from the position of this reader; raises as ``catch_up``."""
        async with self._reading:
            await self._read_on(reader, self._fold)

    async def _read_on(self, reader: LogReader, fold: Callable[[list[Record]], None]) -> None:
        limit = _MAX_SYNCS_IN_MEMORY
        async for records in read_to_end(reader):
            fold(records)
            if self.drop_settled is not None and len(self._syncs) >= limit:
                await self.drop_settled()
                limit = max(_MAX_SYNCS_IN_MEMORY, 2 * len(self._syncs))

    def _fold_new(self, records: list[Record]) -> None:
        for record in records:
            self._notice_loss(record.offset)
            self._fold([record])
        self._last = records[-1] if records else self._last

    def _fold(self, records: list[Record]) -> None:
        for record in records:
            try:
                event = EVENTS.decode(record.value or b"")
            except MalformedMessage as error:
                logger.warning(
                    "not an event", extra={"offset": record.offset, "reason": str(error)}
                )
                continue
            if isinstance(event, FOLDED):
                self._fold_event(event, record.offset)

    def _fold_event(self, event: Event, offset: int) -> None:
        facts = self._syncs.get(event.sync_id)
        if facts is None:
            facts = self._syncs[event.sync_id] = SyncFacts(first_offset=offset)
        facts.fold(event)
        facts.first_offset = min(facts.first_offset, offset)
        if isinstance(event, SyncStarted) and event.kind is Kind.FULL:
            newest = self._newest.get(event.resource, 0)
            self._newest[event.resource] = max(newest, event.at)

    def _notice_loss(self, offset: int) -> None:
        """Drop all facts if offsets go back: the topic lost its end, or was recreated.

        The reader has then gone back to the beginning of the topic.
        """
        if offset < self._next_offset:
            logger.warning("HEMIS the progress topic lost its end", extra={"offset": offset})
            self._syncs.clear()
            self.losses += 1
        self._next_offset = offset + 1

    def position(self, now: int) -> ReadPosition | None:
        """Return from which offset the next start reads; None if nothing was read yet.

        That is the first event of the syncs that may continue. ``now`` is in unix milliseconds.
        """
        if self._last is None:
            return None
        last = offset_fingerprint(self._last)
        needed = (
            facts.first_offset
            for facts in self._syncs.values()
            if facts.may_continue(now) and not (facts.is_unfetched and self._is_superseded(facts))
        )
        return ReadPosition(min(needed, default=last.offset), last)

    def _is_superseded(self, facts: SyncFacts) -> bool:
        """Tell whether a later full sync began: the fetcher resumes only the latest one."""
        started = facts.started
        if started is None or started.kind is not Kind.FULL:
            return False
        return started.at < self._newest.get(started.resource, 0)

    def forget(self, sync_id: str) -> None:
        self._syncs.pop(sync_id, None)

    def items(self) -> Iterator[tuple[str, SyncFacts]]:
        return iter(tuple(self._syncs.items()))

    def all(self) -> Iterator[SyncFacts]:
        return iter(tuple(self._syncs.values()))

    async def running(self, sync_ids: Iterable[str]) -> dict[str, SyncFacts]:
        """Return the syncs whose records are counted: started and not finished.

        Reads the topic to its end first, since a sync may have begun, failed or been resumed
        before these records were published. Raises KafkaUnavailable.
        """
        await self.catch_up()
        return {name: self._syncs[name] for name in sync_ids if self.is_running(name)}

    def facts(self, sync_id: str) -> SyncFacts:
        return self._syncs.get(sync_id, SyncFacts())

    def is_running(self, sync_id: str) -> bool:
        facts = self._syncs.get(sync_id)
        return facts is not None and facts.started is not None and facts.finished is None

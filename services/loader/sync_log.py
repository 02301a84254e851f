"""What ``hemis.progress`` says of each sync, as far as the loader must know."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.events import (
    EVENTS,
    Event,
    RecordsLoaded,
    SyncFetched,
    SyncFinished,
    SyncStarted,
)
from libs.common.contracts.words import Outcome
from libs.common.kafka.ports import LogReader, Record
from libs.common.kafka.reader import read_to_end

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class SyncFacts:
    """The events of one sync; order and repetition change nothing."""

    started: SyncStarted | None = None
    started_at: int = 0
    fetched: dict[int, SyncFetched] = field(default_factory=dict)
    loaded: RecordsLoaded | None = None
    finished: SyncFinished | None = None

    def fold(self, event: Event) -> None:
        match event:
            case SyncStarted():
                self.started_at = min(self.started_at or event.at, event.at)
                if self.started is None or event.attempt > self.started.attempt:
                    self.started = event
            case SyncFetched():
                self.fetched.setdefault(event.attempt, event)
            case RecordsLoaded():
                if self.loaded is None or _order(event) > _order(self.loaded):
                    self.loaded = event
            case SyncFinished():
                self.finished = self.finished or event
            case _:
                pass

    @property
    def decision(self) -> SyncFetched | None:
        """How fetching ended in the present attempt; None while it goes on."""
        return self.fetched.get(self.started.attempt) if self.started else None

    def ended_before(self, database_epoch: int) -> bool:
        """Tell whether the topic has the last word: reported, or failed and counted elsewhere.

        A failed sync whose totals name another database was counted in one that is lost.
        """
        if self.finished is not None:
            return True
        decision = self.decision
        failed = decision is not None and decision.outcome is not Outcome.COMPLETED
        return failed and self.loaded is not None and self.loaded.database_epoch != database_epoch

    def shows(self, epoch: int, revision: int) -> bool:
        """Tell whether the topic holds these totals or newer ones."""
        return self.loaded is not None and _order(self.loaded) >= (epoch, revision)


def _order(event: RecordsLoaded) -> tuple[int, int]:
    return event.database_epoch, event.revision


class SyncLog:
    """Follows the progress topic; the loading and the closing loop both ask it."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._syncs: dict[str, SyncFacts] = {}
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
            try:
                event = EVENTS.decode(record.value or b"")
            except MalformedMessage as error:
                logger.warning(
                    "not an event", extra={"offset": record.offset, "reason": str(error)}
                )
                continue
            if event is not None:
                self._syncs.setdefault(event.sync_id, SyncFacts()).fold(event)

    def all(self) -> Iterator[SyncFacts]:
        return iter(tuple(self._syncs.values()))

    async def running(self, sync_id: str) -> SyncFacts | None:
        """Return a sync whose records count: started, and not finished."""
        if sync_id not in self._syncs:
            await self.catch_up()
        return self._syncs[sync_id] if self.is_running(sync_id) else None

    def facts(self, sync_id: str) -> SyncFacts:
        return self._syncs.get(sync_id, SyncFacts())

    def is_running(self, sync_id: str) -> bool:
        facts = self._syncs.get(sync_id)
        return facts is not None and facts.started is not None and facts.finished is None

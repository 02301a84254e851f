"""Reads commands, events and heartbeats from their beginning, and keeps the view up to date."""

import logging
from collections.abc import Callable, Iterable

from libs.common.contracts.codec import MalformedMessage, decode_as
from libs.common.contracts.commands import COMMANDS
from libs.common.contracts.events import EVENTS
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.topics import RETENTION_MS, Topics
from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Broker, LogReader, Partition, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.live.event_log import EventLogger, log_command, log_service_end
from services.gateway.live.live_view import LiveView
from services.gateway.projection.projection import Projection
from services.gateway.views.status import status_of

logger = logging.getLogger(__name__)

TOPICS_READ = "topics_read"
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_QUIET_MS = 600_000
"""A sync of a single record is packed after so long without a message."""
_POLL_SECONDS = 0.5


class Follower:
    """Folds the history silently, then logs every new message."""

    def __init__(self, topics: Topics, view: LiveView, readiness: Readiness) -> None:
        self._topics = topics
        self._view = view
        self._readiness = readiness
        self._event_logger = EventLogger()
        self._forgotten_at = 0
        self._settled_at = 0

    async def run(self, broker: Broker, stop: Stop) -> None:
        topics = (self._topics.commands, self._topics.progress, self._topics.services)
        try:
            async with broker.log_reader({Partition(name, 0): None for name in topics}) as reader:
                await self._catch_up(reader)
                while not stop.is_set():
                    await self._follow(reader, stop)
        finally:
            await self._view.close()

    async def _catch_up(self, reader: LogReader) -> None:
        def fold(records: list[Record]) -> None:
            fold_readable(records, self._fold)
            self._settle()

        await read_history(reader, self._readiness, fold)
        self._readiness.available(TOPICS_READ)
        self._view.caught_up = True
        await self._view.notify()

    async def _follow(self, reader: LogReader, stop: Stop) -> None:
        records = await poll(reader, self._readiness, stop)
        fold_readable(records, self._fold)
        if records:
            await self._view.notify()
        self._clean_up()

    def _clean_up(self) -> None:
        """Pack syncs that are over; once a day, drop what the topics no longer keep."""
        now = self._view.now()
        if now - self._settled_at > _MINUTE_MS:
            self._settle()
            self._settled_at = now
        if now - self._forgotten_at > _DAY_MS:
            self._view.projection.forget(now - RETENTION_MS)
            self._forgotten_at = now

    def _settle(self) -> None:
        now = self._view.now()
        settle_quiet_singles(self._view.projection, now, now - _QUIET_MS)

    def _fold(self, record: Record) -> None:
        if record.topic == self._topics.services:
            self._fold_beat((record.key or b"").decode(errors="replace"), record.value)
        elif record.value is not None:
            self._fold_message(record.topic, record.value, record.offset)

    def _fold_beat(self, instance: str, value: bytes | None) -> None:
        beat = decode_as(Beat, value) if value else None
        self._view.projection.heartbeats.add(instance, beat, self._view.now())
        if beat is not None and self._view.caught_up:
            log_service_end(beat)

    def _fold_message(self, topic: str, value: bytes, offset: int) -> None:
        projection, live = self._view.projection, self._view.caught_up
        if topic == self._topics.commands:
            command = COMMANDS.decode(value)
            if command is not None and projection.fold_command(command, offset) and live:
                log_command(command)
        else:
            event = EVENTS.decode(value)
            if event is not None and projection.fold_event(event, offset) and live:
                self._event_logger.log(event)


async def read_history(
    reader: LogReader, readiness: Readiness, fold: Callable[[list[Record]], None]
) -> None:
    """Fold everything up to the end of the topics, once Kafka is available."""

    async def attempt() -> None:
        async for records in read_to_end(reader):
            fold(records)

    # Reported as Kafka: waiting for the gateway does not mend a fault of Kafka.
    await readiness.wait_for(KAFKA, attempt, TransientError)


async def poll(reader: LogReader, readiness: Readiness, stop: Stop) -> list[Record]:
    """Return new records; during an outage of Kafka wait a moment, and return none."""
    try:
        return await reader.poll(_POLL_SECONDS)
    except TransientError as error:
        readiness.away(KAFKA, error)
        await stop.wait(_POLL_SECONDS)
        return []


def fold_readable(records: Iterable[Record], fold: Callable[[Record], None]) -> None:
    """Fold each record; log and skip those that are not of this system."""
    for record in records:
        try:
            fold(record)
        except MalformedMessage as error:
            position = {"topic": record.topic, "offset": record.offset}
            logger.warning("unreadable message skipped", extra=position | {"reason": str(error)})


def settle_quiet_singles(projection: Projection, now: int, quiet_since: int) -> None:
    """Pack the syncs of single records that are over and had no message since then."""
    for sync in projection.quiet_singles(quiet_since):
        status = status_of(sync, now)
        if not status.active:
            projection.settle(sync, status)

"""Gathers a batch: so many records or bytes, or all that came while it waited so long for more.

Only waiting counts: a backlog fills its batches, however long they take to read, and the loader
never idles while PostgreSQL writes the batch before.

Rows are read (decoded, mapped) while records are gathered if they will probably be needed, so that
this work is done while PostgreSQL writes the batch before.

Nothing is polled while a full batch waits to be written, and Kafka's client then fetches no more
than it holds already: what is in memory is two batches and one fetch a partition, at most.
"""

import asyncio
from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.kafka.ports import GroupConsumer
from libs.common.process.failpoints import FailPoint
from services.loader.loading.claims import Claims
from services.loader.records.incoming import IncomingRecord
from services.loader.records.reader import RecordReader

_IDLE_SECONDS = 0.5
_POLL_RECORDS = 500
# Between two breaths the connection to PostgreSQL and the beats get their turn (5 ms).
_BREATH_RECORDS = 200
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """A batch is full at whichever it reaches first, and not waited for longer than this."""

    records: int
    seconds: float
    # HEMIS's records are some 2 KB, so their number is reached first; not where they are large.
    value_bytes: int = 16 * 1024 * 1024


class Collector:
    """Takes records of held partitions only, from their next offset on."""

    def __init__(
        self,
        claims: Claims,
        reader: RecordReader,
        clock: Clock,
        fail_point: FailPoint,
        limits: BatchLimits,
    ) -> None:
        self._claims = claims
        self._reader = reader
        self._clock = clock
        self._fail_point = fail_point
        self._limits = limits
        self._bytes = 0
        self._reads_ahead = False

    def expect_changes(self, share: float) -> None:
        """Read rows while PostgreSQL writes the batch before, if most of that was written."""
        self._reads_ahead = share > _MOST

    async def collect(self, consumer: GroupConsumer) -> list[IncomingRecord]:
        """Return a batch, or nothing when nothing came for a while.

        Raises:
            OffsetsGone: a position fell out of the log.
            KafkaUnavailable: the broker refused us for now.
        """
        batch: list[IncomingRecord] = []
        self._bytes = 0
        await self._gather(consumer, batch, _IDLE_SECONDS)
        patience = self._limits.seconds
        while batch and not self._is_full(batch) and patience > 0:
            patience -= await self._gather(consumer, batch, patience)
        return batch

    def _is_full(self, batch: list[IncomingRecord]) -> bool:
        return len(batch) >= self._limits.records or self._bytes >= self._limits.value_bytes

    async def _gather(
        self, consumer: GroupConsumer, batch: list[IncomingRecord], seconds: float
    ) -> float:
        """Add what comes; return how long it took to come."""
        begun = self._clock.monotonic()
        most = min(_POLL_RECORDS, self._limits.records - len(batch))
        records = await consumer.poll(self._claims.readable(), most, seconds)
        waited = self._clock.monotonic() - begun
        if records:
            self._fail_point.reached("after-poll")
        for record in records:
            self._bytes += len(record.value or b"")
            batch.append(incoming := self._reader.read(record))
            if self._reads_ahead:
                incoming.read_row()
            if len(batch) % _BREATH_RECORDS == 0:
                await asyncio.sleep(0)
        return waited

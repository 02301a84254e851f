"""Collects a batch until it reaches the record limit, the byte limit or the time limit.

Only time spent waiting for records counts against the time limit, so a backlog fills its batches.
The collector works while PostgreSQL writes the previous batch. If the previous batch changed most
of its rows, the collector also decodes and maps the records meanwhile.

It polls nothing while a full batch waits, so memory holds at most two batches and what Kafka's
client has fetched of each partition.
"""

import asyncio
from dataclasses import dataclass, field

from libs.common.clock import Clock
from libs.common.kafka.ports import GroupConsumer
from libs.common.process.failpoints import FailPoint
from services.loader.loading.claims import Claims
from services.loader.records.incoming import IncomingRecord
from services.loader.records.reader import RecordReader

_IDLE_SECONDS = 0.5
_POLL_RECORDS = 500
# Yields to the event loop every 5 ms, for PostgreSQL's connection and the heartbeats.
_YIELD_EVERY_RECORDS = 200
_DECODE_AHEAD_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The limits of a batch; it ends at the first one that it reaches."""

    records: int
    seconds: float
    # HEMIS's records have about 2 KB, so this limit matters only for unusually large ones.
    value_bytes: int = 16 * 1024 * 1024


@dataclass
class Collector:
    """Polls the held partitions from their next offset on."""

    claims: Claims
    reader: RecordReader
    clock: Clock
    fail_point: FailPoint
    limits: BatchLimits
    _bytes: int = field(init=False, default=0)
    _decodes_ahead: bool = field(init=False, default=False)

    def expect_changes(self, share: float) -> None:
        """Decode records while collecting if this share of the previous batch was written."""
        self._decodes_ahead = share > _DECODE_AHEAD_SHARE

    async def collect(self, consumer: GroupConsumer) -> list[IncomingRecord]:
        """Return a batch; empty if no record came for half a second.

        Raises:
            OffsetsGone: the log no longer holds the next offset of a partition.
            KafkaUnavailable: the broker does not answer.
        """
        batch: list[IncomingRecord] = []
        self._bytes = 0
        await self._poll(consumer, batch, _IDLE_SECONDS)
        remaining_seconds = self.limits.seconds
        while batch and not self._is_full(batch) and remaining_seconds > 0:
            remaining_seconds -= await self._poll(consumer, batch, remaining_seconds)
        return batch

    def _is_full(self, batch: list[IncomingRecord]) -> bool:
        return len(batch) >= self.limits.records or self._bytes >= self.limits.value_bytes

    async def _poll(
        self, consumer: GroupConsumer, batch: list[IncomingRecord], seconds: float
    ) -> float:
        """Add the records that arrive; return how many seconds the poll waited."""
        begun = self.clock.monotonic()
        limit = min(_POLL_RECORDS, self.limits.records - len(batch))
        records = await consumer.poll(self.claims.readable(), limit, seconds)
        waited_seconds = self.clock.monotonic() - begun
        if records:
            self.fail_point.reached("after-poll")
        for record in records:
            self._bytes += len(record.value or b"")
            batch.append(incoming := self.reader.read(record))
            if self._decodes_ahead:
                incoming.read_row()
            if len(batch) % _YIELD_EVERY_RECORDS == 0:
                await asyncio.sleep(0)
        return waited_seconds

"""Gathers a batch: so many records, or all that came while it waited so long for more.

Only waiting counts: a backlog fills its batches, however long they take to read, and the loader
never idles while PostgreSQL writes the batch before.

Records are read (decoded, mapped) while they are gathered, so that this work is done while
PostgreSQL writes the batch before.
"""

import asyncio

from libs.common.clock import Clock
from libs.common.kafka.ports import GroupConsumer
from services.loader.claims import Claims
from services.loader.incoming import Incoming
from services.loader.record_reader import RecordReader

_IDLE_SECONDS = 0.5
_POLL_RECORDS = 500
# Between two breaths the connection to PostgreSQL and the beats get their turn (5 ms).
_BREATH_RECORDS = 200


class Collector:
    """Takes records of held partitions only, from their next offset on."""

    def __init__(
        self,
        claims: Claims,
        reader: RecordReader,
        clock: Clock,
        *,
        batch_records: int,
        batch_seconds: float,
    ) -> None:
        self._claims = claims
        self._reader = reader
        self._clock = clock
        self._batch_records = batch_records
        self._batch_seconds = batch_seconds

    async def collect(self, consumer: GroupConsumer) -> list[Incoming]:
        """Return a batch, or nothing when nothing came for a while.

        Raises:
            OffsetsGone: a position fell out of the log.
            KafkaUnavailable: the broker refused us for now.
        """
        batch: list[Incoming] = []
        await self._gather(consumer, batch, _IDLE_SECONDS)
        patience = self._batch_seconds
        while batch and len(batch) < self._batch_records and patience > 0:
            patience -= await self._gather(consumer, batch, patience)
        return batch

    async def _gather(
        self, consumer: GroupConsumer, batch: list[Incoming], seconds: float
    ) -> float:
        """Add what comes; return how long it took to come."""
        begun = self._clock.monotonic()
        most = min(_POLL_RECORDS, self._batch_records - len(batch))
        records = await consumer.poll(tuple(self._claims.held), most, seconds)
        waited = self._clock.monotonic() - begun
        for record in records:
            batch.append(self._reader.read(record))
            if len(batch) % _BREATH_RECORDS == 0:
                await asyncio.sleep(0)
        return waited

"""Gathers a batch: so many records, or so long after the first one, whichever comes first."""

from libs.common.clock import Clock
from libs.common.kafka.ports import GroupConsumer, Record
from services.loader.claims import Claims

_IDLE_SECONDS = 0.5


class Collector:
    """Takes records of held partitions only, from their next offset on."""

    def __init__(
        self, claims: Claims, clock: Clock, *, batch_records: int, batch_seconds: float
    ) -> None:
        self._claims = claims
        self._clock = clock
        self._batch_records = batch_records
        self._batch_seconds = batch_seconds

    async def collect(self, consumer: GroupConsumer) -> list[Record]:
        """Return a batch, or nothing when nothing came for a while.

        Raises:
            OffsetsGone: a position fell out of the log.
            KafkaUnavailable: the broker refused us for now.
        """
        records = await self._poll(consumer, self._batch_records, _IDLE_SECONDS)
        deadline = self._clock.monotonic() + self._batch_seconds
        while records and len(records) < self._batch_records:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                break
            records += await self._poll(consumer, self._batch_records - len(records), left)
        held = self._claims.held
        # Partitions may have changed hands while we gathered.
        return [r for r in records if (r.topic, r.partition) in held]

    async def _poll(self, consumer: GroupConsumer, most: int, seconds: float) -> list[Record]:
        return await consumer.poll(tuple(self._claims.held), most, seconds)

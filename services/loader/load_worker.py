"""The loader's loop: claim, collect a batch, load it; an outage only makes it wait."""

import logging

from libs.common.dependencies import Dependencies
from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import OffsetsGone
from libs.common.kafka.ports import GroupConsumer
from libs.common.lifecycle import Stop, Stopped
from libs.common.postgres.pool import POSTGRES
from services.loader.claims import Claims
from services.loader.collect import Collector
from services.loader.errors import DatabaseAway, Fenced
from services.loader.metrics import Metrics
from services.loader.pipeline import Pipeline

logger = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 5.0


class LoadWorker:
    """One task does everything, so a batch and the claims it stands on never overlap."""

    def __init__(
        self,
        claims: Claims,
        collector: Collector,
        pipeline: Pipeline,
        dependencies: Dependencies,
        metrics: Metrics,
    ) -> None:
        self._claims = claims
        self._collector = collector
        self._pipeline = pipeline
        self._dependencies = dependencies
        self._metrics = metrics

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        wait = _FIRST_WAIT_SECONDS
        while not stop.is_set():
            try:
                await self._step(consumer)
                wait = _FIRST_WAIT_SECONDS
            except Stopped:
                return
            except TransientError as error:
                self._give_up_claims(error)
                # A lock or a full disk may let a claim through and refuse the batch again.
                await stop.wait(wait)
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    async def _step(self, consumer: GroupConsumer) -> None:
        async def claim() -> None:
            # Polling keeps the member in its group; unclaimed partitions are paused.
            await consumer.poll((), 1, 0)
            await self._claims.settle(consumer)

        await self._dependencies.wait_for(POSTGRES, claim, DatabaseAway)
        records = await self._collector.collect(consumer)
        self._dependencies.available(KAFKA)
        if not records:
            await self._claims.verify()
            return
        with self._metrics.batch_seconds.time():
            await self._pipeline.load(records, self._claims)
        self._metrics.records.labels(records[0].topic).inc(len(records))
        held = self._claims.held.items()
        await consumer.commit({partition: claim.next_offset for partition, claim in held})

    def _give_up_claims(self, error: TransientError) -> None:
        """Claim again whatever is in doubt: the offset rows tell what was committed."""
        self._metrics.outages.labels(type(error).__name__).inc()
        if isinstance(error, Fenced | OffsetsGone):
            logger.warning("partitions lost: claiming again", extra={"partitions": str(error)})
            self._claims.drop(error.partitions)
            return
        name = POSTGRES if isinstance(error, DatabaseAway) else KAFKA
        self._dependencies.away(name, str(error))
        self._claims.drop_all()

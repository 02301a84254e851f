"""The loader's loop: claim, collect a batch, load it; an outage only makes it wait."""

import asyncio
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
from services.loader.incoming import Incoming
from services.loader.metrics import Metrics
from services.loader.pipeline import Pipeline

logger = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 5.0


class LoadWorker:
    """While a batch is written the next one is gathered; both stand on the same claims."""

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
                await self._claim(consumer)
                await self._load_while_claimed(consumer, stop)
                wait = _FIRST_WAIT_SECONDS
            except Stopped:
                return
            except TransientError as error:
                self._tell(error)
                # A lock or a full disk may let a claim through and refuse the batch again.
                await stop.wait(wait)
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    async def _claim(self, consumer: GroupConsumer) -> None:
        async def settle() -> None:
            # Polling keeps the member in its group; unclaimed partitions are paused.
            await consumer.poll((), 1, 0)
            await self._claims.settle(consumer)

        await self._dependencies.wait_for(POSTGRES, settle, DatabaseAway)

    async def _load_while_claimed(self, consumer: GroupConsumer, stop: Stop) -> None:
        """Load until the stop, or until partitions wait to be claimed.

        What was gathered by then is dropped, and all claims with it: the next ones begin where
        the offset rows stand, so a batch holds only records polled under the claims it fences.
        """
        batch: list[Incoming] = []
        try:
            while not (stop.is_set() or self._claims.are_unsettled()):
                gathering = asyncio.ensure_future(self._collector.collect(consumer))
                try:
                    await self._load(batch, consumer)
                    batch = await gathering
                finally:
                    await _ended(gathering)
        finally:
            self._claims.drop_all()

    async def _load(self, batch: list[Incoming], consumer: GroupConsumer) -> None:
        if not batch:
            await self._claims.verify()
            return
        with self._metrics.batch_seconds.time():
            await self._pipeline.load(batch, self._claims)
        self._metrics.records.labels(batch[0].resource).inc(len(batch))
        held = self._claims.held.items()
        await consumer.commit({partition: claim.next_offset for partition, claim in held})

    def _tell(self, error: TransientError) -> None:
        """Whatever is in doubt is claimed again: the offset rows tell what was committed."""
        self._metrics.outages.labels(type(error).__name__).inc()
        match error:
            case Fenced() | OffsetsGone():
                logger.warning("claiming again", extra={"lost": str(error)})
            case DatabaseAway():
                self._dependencies.away(POSTGRES, str(error))
            case _:
                self._dependencies.away(KAFKA, str(error))


async def _ended(gathering: asyncio.Future[list[Incoming]]) -> None:
    """Let no gathering outlive its claims."""
    gathering.cancel()
    await asyncio.wait([gathering])

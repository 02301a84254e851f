"""The loader's loop: claim, collect a batch, load it; an outage only makes it wait."""

import asyncio

from libs.common.backoff import Backoff
from libs.common.errors import TransientError
from libs.common.kafka.ports import GroupConsumer
from libs.common.process.failpoints import FailPoint
from libs.common.process.lifecycle import Stop, Stopped
from services.loader.errors import DatabaseAway
from services.loader.loading.claims import Claims
from services.loader.loading.collector import Collector
from services.loader.loading.outages import Outages
from services.loader.loading.pipeline import Pipeline
from services.loader.records.incoming import IncomingRecord


class LoadWorker:
    """While a batch is written the next one is gathered; both stand on the same claims."""

    def __init__(
        self,
        claims: Claims,
        collector: Collector,
        pipeline: Pipeline,
        outages: Outages,
        fail_point: FailPoint,
    ) -> None:
        self._claims = claims
        self._collector = collector
        self._pipeline = pipeline
        self._outages = outages
        self._fail_point = fail_point
        self._backoff = Backoff(first_seconds=0.1, longest_seconds=5)

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        while not stop.is_set():
            try:
                await self._claim(consumer)
                await self._load_while_claimed(consumer, stop)
            except Stopped:
                return
            except TransientError as error:
                self._outages.tell(error)
                if isinstance(error, DatabaseAway):
                    await self._claims.distrust_connections()
                # A lock or a full disk may let a claim through and refuse the batch again.
                await stop.wait(self._backoff.next_seconds())

    async def _claim(self, consumer: GroupConsumer) -> None:
        async def settle() -> None:
            # Polling keeps the member in its group; unclaimed partitions are paused.
            await consumer.poll((), 1, 0)
            await self._claims.settle(consumer)

        await self._outages.wait_for_database(settle)

    async def _load_while_claimed(self, consumer: GroupConsumer, stop: Stop) -> None:
        """Load until the stop, or until partitions wait to be claimed.

        What was gathered by then is dropped, and all claims with it: the next ones begin where
        the offset rows stand, so a batch holds only records polled under the claims it fences.
        """
        batch: list[IncomingRecord] | None = None
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

    async def _load(self, batch: list[IncomingRecord] | None, consumer: GroupConsumer) -> None:
        if not batch:
            await self._claims.verify()
            if batch is not None:
                self._outages.loaded()
            return
        self._claims.drop_paused({record.partition for record in batch})
        written = await self._pipeline.load(batch, self._claims)
        self._collector.expect_changes(written / len(batch))
        self._backoff.reset()
        self._outages.loaded()
        self._fail_point.reached("between-batches")
        held = self._claims.held.items()
        await consumer.commit({partition: claim.next_offset for partition, claim in held})


async def _ended(gathering: asyncio.Future[list[IncomingRecord]]) -> None:
    """Let no gathering outlive its claims."""
    gathering.cancel()
    await asyncio.wait([gathering])

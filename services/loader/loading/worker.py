"""The loader's main loop: claim, collect a batch, load it; wait through outages."""

import asyncio
from dataclasses import dataclass, field

from libs.common.backoff import Backoff
from libs.common.errors import TransientError
from libs.common.kafka.ports import GroupConsumer
from libs.common.postgres.database import Database
from libs.common.process.failpoints import FailPoint
from libs.common.process.lifecycle import Stop, Stopped
from services.loader.errors import DatabaseAway
from services.loader.loading.claims import Claims
from services.loader.loading.collector import Collector
from services.loader.loading.outages import Outages
from services.loader.loading.pipeline import Pipeline
from services.loader.records.incoming import IncomingRecord


@dataclass
class LoadWorker:
    """Loads one batch while the next one is collected, both under the same claims."""

    database: Database
    claims: Claims
    collector: Collector
    pipeline: Pipeline
    outages: Outages
    fail_point: FailPoint
    _backoff: Backoff = field(
        init=False, default_factory=lambda: Backoff(first_seconds=0.1, longest_seconds=5)
    )

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        while not stop.is_set():
            try:
                await self._claim(consumer)
                await self._load_while_claimed(consumer, stop)
            except Stopped:
                return
            except TransientError as error:
                self.outages.report(error)
                if isinstance(error, DatabaseAway):
                    # Connections to a silent server or a demoted primary would fail one by one.
                    await self.database.expire_connections()
                # With a lock or a full disk, claiming succeeds and the batch fails again.
                await stop.wait(self._backoff.next_seconds())

    async def _claim(self, consumer: GroupConsumer) -> None:
        async def claim() -> None:
            # Polling keeps the membership in the group; unclaimed partitions are paused.
            await consumer.poll((), 1, 0)
            await self.claims.claim_assigned(consumer)

        await self.outages.wait_for_database(claim)

    async def _load_while_claimed(self, consumer: GroupConsumer, stop: Stop) -> None:
        """Load until ``stop`` is set or a partition waits to be claimed.

        Then the collected batch and all claims are dropped. New claims start where the offset
        rows stand, so a batch holds only records that were polled under its own claims.
        """
        batch: list[IncomingRecord] | None = None
        try:
            while not (stop.is_set() or self.claims.are_incomplete()):
                collecting = asyncio.ensure_future(self.collector.collect(consumer))
                try:
                    await self._load(batch, consumer)
                    batch = await collecting
                finally:
                    await _cancelled(collecting)
        finally:
            self.claims.held.clear()

    async def _load(self, batch: list[IncomingRecord] | None, consumer: GroupConsumer) -> None:
        if not batch:
            await self.claims.verify()
            if batch is not None:
                self.outages.loaded()
            return
        self.claims.drop_paused({record.partition for record in batch})
        written = await self.pipeline.load(batch, self.claims)
        self.collector.expect_changes(written / len(batch))
        self._backoff.reset()
        self.outages.loaded()
        self.fail_point.reached("between-batches")
        held = self.claims.held.items()
        await consumer.commit({partition: claim.next_offset for partition, claim in held})


async def _cancelled(collecting: asyncio.Future[list[IncomingRecord]]) -> None:
    """Cancel a collection, so that none outlives its claims."""
    collecting.cancel()
    await asyncio.wait([collecting])

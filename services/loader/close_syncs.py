"""The use case: a sync whose every record is in the tables is closed, once, and said to be."""

import logging

from libs.common.clock import Clock
from libs.common.contracts.events import SyncFetched, SyncFinished
from libs.common.contracts.topics import Topics
from libs.common.contracts.words import Outcome
from libs.common.errors import TransientError
from libs.common.kafka.ports import GroupConsumer, Partition
from libs.common.lifecycle import Stop
from libs.common.postgres.pool import Pool
from services.loader.announcer import Announcer
from services.loader.errors import translated
from services.loader.report import Counts, closed_by_fetcher, closed_by_report, finish
from services.loader.store import offsets, syncs
from services.loader.sync_facts import SyncFacts
from services.loader.sync_log import SyncLog

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.2


class SyncCloser:
    """Looks at the topic and at the offset rows on a timer; every loader does, one closes."""

    def __init__(
        self, pool: Pool, log: SyncLog, announcer: Announcer, topics: Topics, clock: Clock
    ) -> None:
        self._pool = pool
        self._log = log
        self._announcer = announcer
        self._topics = topics
        self._clock = clock
        self._settled: set[tuple[str, int]] = set()

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        while not await stop.wait(_TICK_SECONDS):
            try:
                await self.step(consumer)
            except TransientError as error:
                logger.debug("closing waits", extra={"reason": str(error)})

    async def restore(self) -> None:
        """Fill ``syncs`` from the topic: after the database was lost, that is all there is."""
        await self._log.catch_up()
        with translated():
            async with self._pool.acquire() as connection:
                epoch = await syncs.database_epoch(connection)
        for facts in self._log.all():
            if facts.started is not None and facts.ended_before(epoch):
                await self._adopt(facts)

    async def step(self, consumer: GroupConsumer) -> None:
        await self._log.follow()
        for facts in self._log.all():
            started = facts.started
            if started is None or (started.sync_id, started.attempt) in self._settled:
                continue
            if facts.finished is not None:
                await self._adopt(facts)
            elif facts.decision is not None:
                await self._close_when_loaded(facts, facts.decision, consumer)

    async def _adopt(self, facts: SyncFacts) -> None:
        """Write the row of a sync that ended on the topic; what is finished there stays so."""
        assert facts.started is not None  # noqa: S101 — the callers looked
        if facts.finished is not None:
            closed = closed_by_report(facts.finished)
        else:
            assert facts.decision is not None  # noqa: S101 — ended, and not finished
            loaded = facts.loaded
            counts = (
                Counts(loaded.inserted, loaded.updated, loaded.unchanged, loaded.rejected)
                if loaded
                else Counts()
            )
            closed = closed_by_fetcher(facts, facts.decision, counts)
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await syncs.close(connection, facts.started, closed)
        self._settled.add((facts.started.sync_id, facts.started.attempt))

    async def _close_when_loaded(
        self, facts: SyncFacts, decision: SyncFetched, consumer: GroupConsumer
    ) -> None:
        all_there = await self._loaded(decision, consumer)
        if all_there is None:
            return
        await self._log.catch_up()
        if facts.finished is not None or facts.decision is not decision:
            return
        report = await self._close(facts, decision, all_there=all_there)
        self._settled.add((decision.sync_id, decision.attempt))
        if report is not None:
            await self._announcer.finished(report)

    async def _close(
        self, facts: SyncFacts, decision: SyncFetched, *, all_there: bool
    ) -> SyncFinished | None:
        """Close under the row lock that batches take too; None when there is nothing to report."""
        assert facts.started is not None  # noqa: S101 — the callers looked
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                totals = await syncs.count(connection, facts, Counts())
                if totals is None:
                    return None
                if decision.outcome is not Outcome.COMPLETED:
                    closed = closed_by_fetcher(facts, decision, totals.counts)
                    await syncs.close(connection, facts.started, closed)
                    return None
                report = finish(
                    facts,
                    totals.counts,
                    at=self._clock.now_ms(),
                    epoch=totals.epoch,
                    all_there=all_there,
                )
                await syncs.close(connection, facts.started, closed_by_report(report))
        logger.info(
            "HEMIS %s sync completed",
            report.resource,
            extra={"records": report.distinct, "complete": report.complete, "sync": report.sync_id},
        )
        return report

    async def _loaded(self, decision: SyncFetched, consumer: GroupConsumer) -> bool | None:
        """Tell whether every record is loaded; None: not yet. False: the topic ends before."""
        with translated():
            async with self._pool.acquire() as connection:
                known = await offsets.owners(connection)
        all_there = True
        for number, end in decision.end_offsets.items():
            place = Partition(self._topics.records(decision.resource), int(number))
            _, next_offset = known.get(place, (0, 0))
            if next_offset >= end:
                continue
            if next_offset < (await consumer.bounds(place)).end:
                return None
            all_there = False
        return all_there

"""Closes each sync once, when all its records are in the tables, and publishes its report."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from libs.common.clock import Clock
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched, SyncFinished
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from libs.common.contracts.times import moment
from libs.common.contracts.topics import Topics
from libs.common.errors import PermanentError
from libs.common.kafka.ports import Broker, GroupConsumer, Partition
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.loading.log_lookup import is_loaded_log
from services.loader.loading.pauses import PauseReporter
from services.loader.progress.facts import SyncFacts
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.removal_rules import RemovalRules, saw_everything
from services.loader.progress.report import closed_by_fetcher, closed_by_report, finish
from services.loader.progress.skip_unstorable import skip_if_unstorable
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store import offsets, settled, syncs
from services.loader.store.offsets import OffsetRow
from services.loader.store.removals import states
from services.loader.store.removals.unseen import UnseenStore
from services.loader.store.syncs import Ended
from services.loader.store.unlisted import UnlistedStore

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
_Rows = Mapping[Partition, OffsetRow]


@dataclass
class ClosingCondition:
    """Compares the offset rows with the end of a sync; raises DatabaseAway, KafkaUnavailable."""

    database: Database
    topics: Topics
    pause_reporter: PauseReporter
    broker: Broker

    async def all_loaded(self, decision: SyncFetched, consumer: GroupConsumer) -> bool | None:
        """Tell whether every record of the sync is loaded.

        Returns None while records are still to be loaded, and False if the topic ends before the
        last record of the sync, so that it can never be loaded.
        """
        ends = self._ends(decision)
        async with self.database.connection() as connection:
            rows = await offsets.read(connection, ends)
        all_loaded = await self._reached(ends, rows, consumer)
        # This check comes after the last batch, so it sees the final count of rejected records.
        if all_loaded is None or await self.pause_reporter.is_pausing(decision.sync_id):
            return None
        # If the topic was recreated, the offset row is about the old topic.
        if not await self._are_same_logs(rows, consumer):
            return None
        return all_loaded and len(ends) == len(decision.end_offsets)

    def _ends(self, decision: SyncFetched) -> dict[Partition, int]:
        """Return the end offset of each partition that exists; others never get a record."""
        topic = self.topics.records(decision.resource)
        existing = {str(n): Partition(topic, n) for n in range(self.topics.record_partitions)}
        ends = decision.end_offsets.items()
        return {existing[number]: end for number, end in ends if number in existing}

    async def _reached(
        self, ends: Mapping[Partition, int], rows: _Rows, consumer: GroupConsumer
    ) -> bool | None:
        all_reached = True
        for partition, end in ends.items():
            next_offset = rows[partition].next_offset if partition in rows else 0
            if next_offset >= end:
                continue
            if next_offset < (await consumer.bounds(partition)).end:
                return None
            all_reached = False
        return all_reached

    async def _are_same_logs(self, rows: _Rows, consumer: GroupConsumer) -> bool:
        for partition, row in rows.items():
            bounds = await consumer.bounds(partition)
            if not await is_loaded_log(self.broker, partition, row, bounds):
                return False
        return True


@dataclass
class SyncClosing:
    """Writes how syncs ended; every method raises DatabaseAway."""

    database: Database
    store: UnseenStore
    rules: RemovalRules
    unlisted: Mapping[Resource, UnlistedStore]

    async def database_epoch(self) -> int:
        async with self.database.connection() as connection:
            return await syncs.database_epoch(connection)

    async def not_stored(self, ended: Sequence[SyncFacts]) -> list[SyncFacts]:
        """Return the syncs whose end is not in the tables."""
        if not ended:
            return []
        async with self.database.connection() as connection:
            found = await settled.stored_statuses(connection, [facts.sync_id for facts in ended])
        return [f for f in ended if not found[f.sync_id].has_ended(f.last_attempt)]

    async def store_ended(self, ended: Sequence[SyncFacts]) -> None:
        """Write the rows of syncs that have ended on the topic."""
        if not ended:
            return
        async with self.database.transaction() as connection:
            await syncs.close(connection, map(_ended, ended), is_published=True)

    async def close(
        self, facts: SyncFacts, decision: SyncFetched, *, at: int, all_loaded: bool
    ) -> SyncFinished | None:
        """Close a sync under the row lock that batches take too.

        Returns its report; None if it did not complete, or was closed before.
        """
        async with self.database.transaction() as connection:
            if decision.outcome is not Outcome.COMPLETED:
                await _close_not_completed(connection, facts, decision)
                return None
            report = await self._report(connection, facts, at=at, all_loaded=all_loaded)
        if report is not None:
            extra = {
                "records": report.distinct,
                "complete": report.complete,
                "sync": report.sync_id,
            }
            logger.info("HEMIS %s sync completed", report.resource, extra=extra)
        return report

    async def mark_unpublished(self, sync_id: str) -> None:
        """Have the relay publish the report of a closed sync again."""
        async with self.database.connection() as connection:
            await syncs.mark_unpublished(connection, sync_id)

    async def _report(
        self, connection: Connection, facts: SyncFacts, *, at: int, all_loaded: bool
    ) -> SyncFinished | None:
        assert facts.started is not None  # noqa: S101 — only started syncs are closed
        totals = await syncs.add_counts(connection, facts, SyncCounts())
        if totals is None:
            return None
        report = finish(facts, totals.counts, at=at, epoch=totals.epoch, all_loaded=all_loaded)
        if saw_everything(facts, report, totals.counts, all_loaded=all_loaded):
            began = moment(report.started_at)
            await self.unlisted[report.resource].mark(connection, report.sync_id, began)
            await self._write_unseen(connection, report)
        # Last, since closing deletes the keys that the sync has seen.
        await syncs.close(connection, [(facts.started, closed_by_report(report))])
        return report

    async def _write_unseen(self, connection: Connection, report: SyncFinished) -> None:
        sync_id, resource = report.sync_id, report.resource
        await states.supersede(connection, resource)
        began = moment(report.started_at)
        found = await self.store.write(connection, (sync_id, resource), began, self.rules.policy)
        await states.begin(connection, sync_id, resource, found, self.rules)


def _ended(facts: SyncFacts) -> Ended:
    assert facts.started is not None  # noqa: S101 — only started syncs are closed
    if facts.finished is not None:
        return facts.started, closed_by_report(facts.finished)
    assert facts.decision is not None  # noqa: S101 — ended, and not finished
    counts = SyncCounts.of(facts.loaded)
    return facts.started, closed_by_fetcher(facts, facts.decision, counts)


async def _close_not_completed(
    connection: Connection, facts: SyncFacts, decision: SyncFetched
) -> None:
    """Close a sync that failed or was cancelled."""
    assert facts.started is not None  # noqa: S101 — only started syncs are closed
    totals = await syncs.add_counts(connection, facts, SyncCounts())
    if totals is not None:
        closed = closed_by_fetcher(facts, decision, totals.counts)
        await syncs.close(connection, [(facts.started, closed)])


@dataclass
class SyncCloser:
    """Checks the open syncs on a timer; every loader does, and one of them closes each sync."""

    closing: SyncClosing
    condition: ClosingCondition
    follower: ProgressFollower
    publisher: ProgressPublisher
    clock: Clock

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        await run_periodically(partial(self.step, consumer), stop, _TICK_SECONDS, "closing")

    async def restore(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Write the rows of syncs that a lost database lacks, from the topic.

        ``settle`` drops settled syncs, also while the topic is read, to keep memory bounded.
        """
        epoch = await self.closing.database_epoch()

        async def store_and_settle() -> None:
            await self._store_ended([f for f in self._open() if f.ended_before(epoch)])
            await settle()

        self.follower.drop_settled = store_and_settle
        await self.follower.catch_up()
        await store_and_settle()

    async def step(self, consumer: GroupConsumer) -> None:
        await self.follower.follow()
        ended = [f for f in self._open() if f.finished is not None or f.failed_without_records]
        await self._store_ended(ended)
        for facts in self._open():
            if facts.decision is not None:
                await self._close_when_loaded(facts, facts.decision, consumer)

    def _open(self) -> Iterator[SyncFacts]:
        return (f for f in self.follower.all() if f.started is not None and not f.is_closed)

    async def _store_ended(self, ended: Sequence[SyncFacts]) -> None:
        """Write the missing rows of syncs that have ended on the topic."""
        not_stored = await self.closing.not_stored(ended)
        try:
            await self.closing.store_ended(not_stored)
        except PermanentError:
            # The error does not name the sync, so each is written alone.
            await self._store_one_by_one(not_stored)
        for facts in ended:
            if not facts.is_unstorable:
                facts.close()

    async def _store_one_by_one(self, ended: Sequence[SyncFacts]) -> None:
        for facts in ended:
            is_stored = False
            with skip_if_unstorable(facts.sync_id, "sync"):
                await self.closing.store_ended([facts])
                is_stored = True
            # An outage raises before this line, and leaves the sync to the next step.
            facts.close(is_unstorable=not is_stored)

    async def _close_when_loaded(
        self, facts: SyncFacts, decision: SyncFetched, consumer: GroupConsumer
    ) -> None:
        all_loaded = await self.condition.all_loaded(decision, consumer)
        if all_loaded is None:
            return
        await self.follower.catch_up()
        if facts.finished is not None or facts.decision is not decision:
            return
        report = None
        with skip_if_unstorable(decision.sync_id, "sync"):
            report = await self.closing.close(
                facts, decision, at=self.clock.now_ms(), all_loaded=all_loaded
            )
        facts.close()
        if report is not None:
            await self.publisher.finished(report)
        elif decision.outcome is Outcome.COMPLETED:
            # It was closed before: the topic has lost the report, or the id is used again.
            await self.closing.mark_unpublished(decision.sync_id)

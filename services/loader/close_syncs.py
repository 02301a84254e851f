"""The use case: a sync whose every record is in the tables is closed, once, and said to be."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from libs.common.clock import Clock
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched, SyncFinished
from libs.common.contracts.sync_counts import SyncCounts
from libs.common.contracts.times import moment
from libs.common.contracts.topics import Topics
from libs.common.errors import PermanentError
from libs.common.kafka.ports import GroupConsumer, Partition
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.loading.log_lookup import LogLookup
from services.loader.loading.pauses import PauseReporter
from services.loader.progress.facts import SyncFacts
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.left_out import left_out_when_unstorable
from services.loader.progress.removal_rules import RemovalRules, saw_everything
from services.loader.progress.report import closed_by_fetcher, closed_by_report, finish
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store import offsets, removals, settled, syncs
from services.loader.store.offsets import OffsetRow
from services.loader.store.syncs import Ended
from services.loader.store.unseen import UnseenStore

_Rows = Mapping[Partition, OffsetRow]


class ClosingCondition:
    """Asks the offset rows and the topic; raises DatabaseAway, KafkaUnavailable."""

    def __init__(
        self, database: Database, topics: Topics, watch: PauseReporter, continuity: LogLookup
    ) -> None:
        self._database = database
        self._topics = topics
        self._watch = watch
        self._continuity = continuity

    async def opens(self, decision: SyncFetched, consumer: GroupConsumer) -> bool | None:
        """Tell whether every record is loaded; None: not yet. False: the topic ends before."""
        ends = self._ends(decision)
        rows = await self._rows(ends)
        all_there = await self._loaded(ends, rows, consumer)
        # With the last batch its rejects are counted too, so this look is the one that counts.
        if all_there is None or await self._watch.holds(decision.sync_id):
            return None
        # The topic may have been recreated since: then the number in an offset row means nothing.
        if not await self._are_of_these_logs(rows, consumer):
            return None
        return all_there and len(ends) == len(decision.end_offsets)

    def _ends(self, decision: SyncFetched) -> dict[Partition, int]:
        """Return the end of each partition that exists; of another no record can come."""
        topic = self._topics.records(decision.resource)
        places = {str(n): Partition(topic, n) for n in range(self._topics.record_partitions)}
        named = decision.end_offsets.items()
        return {places[number]: end for number, end in named if number in places}

    async def _rows(self, places: Collection[Partition]) -> _Rows:
        async with self._database.connection() as connection:
            return await offsets.look(connection, places)

    async def _loaded(
        self, ends: Mapping[Partition, int], rows: _Rows, consumer: GroupConsumer
    ) -> bool | None:
        all_there = True
        for place, end in ends.items():
            next_offset = rows[place].next_offset if place in rows else 0
            if next_offset >= end:
                continue
            if next_offset < (await consumer.bounds(place)).end:
                return None
            all_there = False
        return all_there

    async def _are_of_these_logs(self, rows: _Rows, consumer: GroupConsumer) -> bool:
        for place, row in rows.items():
            if not await self._continuity.holds(place, row, await consumer.bounds(place)):
                return False
        return True


logger = logging.getLogger(__name__)


class SyncClosing:
    """Every method raises DatabaseAway."""

    def __init__(self, database: Database, store: UnseenStore, rules: RemovalRules) -> None:
        self._database = database
        self._store = store
        self._rules = rules

    async def database_epoch(self) -> int:
        async with self._database.connection() as connection:
            return await syncs.database_epoch(connection)

    async def lacking(self, ended: Sequence[SyncFacts]) -> list[SyncFacts]:
        """Return the syncs whose end is in no row."""
        if not ended:
            return []
        async with self._database.connection() as connection:
            found = await settled.stored_statuses(connection, [facts.sync_id for facts in ended])
        return [f for f in ended if not found[f.sync_id].has_ended(f.last_attempt)]

    async def adopt(self, ended: Sequence[SyncFacts]) -> None:
        """Write the rows of syncs that ended on the topic; what is finished there stays so."""
        if not ended:
            return
        async with self._database.transaction() as connection:
            await syncs.close(connection, map(_ended, ended), is_announced=True)

    async def close(
        self, facts: SyncFacts, decision: SyncFetched, *, at: int, all_there: bool
    ) -> SyncFinished | None:
        """Close under the row lock that batches take too; None when there is nothing to report."""
        async with self._database.transaction() as connection:
            if decision.outcome is not Outcome.COMPLETED:
                await _note(connection, facts, decision)
                return None
            report = await self._report(connection, facts, at=at, all_there=all_there)
        if report is not None:
            extra = {
                "records": report.distinct,
                "complete": report.complete,
                "sync": report.sync_id,
            }
            logger.info("HEMIS %s sync completed", report.resource, extra=extra)
        return report

    async def announce_again(self, sync_id: str) -> None:
        """Have the report of a closed sync repeated until the topic shows it."""
        async with self._database.connection() as connection:
            await syncs.forget_announcement(connection, sync_id)

    async def _report(
        self, connection: Connection, facts: SyncFacts, *, at: int, all_there: bool
    ) -> SyncFinished | None:
        assert facts.started is not None  # noqa: S101 — the callers looked
        totals = await syncs.count(connection, facts, SyncCounts())
        if totals is None:
            return None
        report = finish(facts, totals.counts, at=at, epoch=totals.epoch, all_there=all_there)
        if saw_everything(facts, report, totals.counts, all_there=all_there):
            await self._name_unseen(connection, report)
        # Only now: with the row's end the keys that were seen are forgotten.
        await syncs.close(connection, [(facts.started, closed_by_report(report))])
        return report

    async def _name_unseen(self, connection: Connection, report: SyncFinished) -> None:
        sync_id, resource = report.sync_id, report.resource
        await removals.supersede(connection, resource)
        began = moment(report.started_at)
        found = await self._store.name(connection, (sync_id, resource), began, self._rules.policy)
        await removals.begin(connection, sync_id, resource, found, self._rules)


def _ended(facts: SyncFacts) -> Ended:
    assert facts.started is not None  # noqa: S101 — the callers looked
    if facts.finished is not None:
        return facts.started, closed_by_report(facts.finished)
    assert facts.decision is not None  # noqa: S101 — ended, and not finished
    counts = SyncCounts.of(facts.loaded)
    return facts.started, closed_by_fetcher(facts, facts.decision, counts)


async def _note(connection: Connection, facts: SyncFacts, decision: SyncFetched) -> None:
    """Close a sync of which the fetcher has the last word."""
    assert facts.started is not None  # noqa: S101 — the callers looked
    totals = await syncs.count(connection, facts, SyncCounts())
    if totals is not None:
        closed = closed_by_fetcher(facts, decision, totals.counts)
        await syncs.close(connection, [(facts.started, closed)])


_TICK_SECONDS = 0.2


class SyncCloser:
    """Looks at the topic and at the offset rows on a timer; every loader does, one closes."""

    def __init__(
        self,
        closing: SyncClosing,
        gate: ClosingCondition,
        log: ProgressFollower,
        announcer: ProgressPublisher,
        clock: Clock,
    ) -> None:
        self._closing = closing
        self._gate = gate
        self._log = log
        self._announcer = announcer
        self._clock = clock

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        await run_periodically(partial(self.step, consumer), stop, _TICK_SECONDS, "closing")

    async def restore(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Fill ``syncs`` from the topic: after the database was lost, that is all there is.

        ``settle`` drops settled syncs, also while reading, as the topic may hold more than memory.
        """
        epoch = await self._closing.database_epoch()

        async def relieve() -> None:
            await self._adopt([facts for facts in self._open() if facts.ended_before(epoch)])
            await settle()

        self._log.relieve = relieve
        await self._log.catch_up()
        await relieve()

    async def step(self, consumer: GroupConsumer) -> None:
        await self._log.follow()
        await self._adopt([f for f in self._open() if f.finished is not None or f.brought_nothing])
        for facts in self._open():
            if facts.decision is not None:
                await self._close_when_loaded(facts, facts.decision, consumer)

    def _open(self) -> Iterator[SyncFacts]:
        return (f for f in self._log.all() if f.started is not None and not f.is_closed)

    async def _adopt(self, ended: Sequence[SyncFacts]) -> None:
        """Write the rows of what ended on the topic, where there are none yet."""
        lacking = await self._closing.lacking(ended)
        try:
            await self._closing.adopt(lacking)
        except PermanentError:
            # The error does not name the sync: written one by one, all others succeed.
            await self._adopt_singly(lacking)
        for facts in ended:
            if not facts.is_unstorable:
                facts.close()

    async def _adopt_singly(self, ended: Sequence[SyncFacts]) -> None:
        for facts in ended:
            is_stored = False
            with left_out_when_unstorable(facts.sync_id, "sync"):
                await self._closing.adopt([facts])
                is_stored = True
            # Not before: an outage leaves this one, and those after it, to the next step.
            facts.close(is_unstorable=not is_stored)

    async def _close_when_loaded(
        self, facts: SyncFacts, decision: SyncFetched, consumer: GroupConsumer
    ) -> None:
        all_there = await self._gate.opens(decision, consumer)
        if all_there is None:
            return
        await self._log.catch_up()
        if facts.finished is not None or facts.decision is not decision:
            return
        report = None
        with left_out_when_unstorable(decision.sync_id, "sync"):
            report = await self._closing.close(
                facts, decision, at=self._clock.now_ms(), all_there=all_there
            )
        facts.close()
        if report is not None:
            await self._announcer.finished(report)
        elif decision.outcome is Outcome.COMPLETED:
            # Closed before: the topic has lost the report, or the id is used again.
            await self._closing.announce_again(decision.sync_id)

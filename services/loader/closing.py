"""Closing a sync in PostgreSQL: report, row and what follows from both, in one transaction."""

import logging
from collections.abc import Sequence

from libs.common.contracts.events import SyncFetched, SyncFinished
from libs.common.contracts.times import moment
from libs.common.contracts.words import Outcome
from libs.common.postgres.pool import Connection, Pool
from services.loader.errors import translated
from services.loader.removals import RemovalRules, saw_everything
from services.loader.report import Counts, closed_by_fetcher, closed_by_report, finish
from services.loader.store import removals, settled, syncs
from services.loader.store.syncs import Ended
from services.loader.store.unseen import UnseenStore
from services.loader.sync_facts import SyncFacts

logger = logging.getLogger(__name__)


class Closing:
    """Every method raises DatabaseAway."""

    def __init__(self, pool: Pool, store: UnseenStore, rules: RemovalRules) -> None:
        self._pool = pool
        self._store = store
        self._rules = rules

    async def database_epoch(self) -> int:
        with translated():
            async with self._pool.acquire() as connection:
                return await syncs.database_epoch(connection)

    async def lacking(self, ended: Sequence[SyncFacts]) -> list[SyncFacts]:
        """Return the syncs whose end is in no row."""
        if not ended:
            return []
        with translated():
            async with self._pool.acquire() as connection:
                found = await settled.stored_statuses(
                    connection, [facts.sync_id for facts in ended]
                )
        return [f for f in ended if not found[f.sync_id].has_ended(f.last_attempt)]

    async def adopt(self, ended: Sequence[SyncFacts]) -> None:
        """Write the rows of syncs that ended on the topic; what is finished there stays so."""
        if not ended:
            return
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await syncs.close(connection, map(_ended, ended), is_announced=True)

    async def close(
        self, facts: SyncFacts, decision: SyncFetched, *, at: int, all_there: bool
    ) -> SyncFinished | None:
        """Close under the row lock that batches take too; None when there is nothing to report."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
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
        with translated():
            async with self._pool.acquire() as connection:
                await syncs.forget_announcement(connection, sync_id)

    async def _report(
        self, connection: Connection, facts: SyncFacts, *, at: int, all_there: bool
    ) -> SyncFinished | None:
        assert facts.started is not None  # noqa: S101 — the callers looked
        totals = await syncs.count(connection, facts, Counts())
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
    loaded = facts.loaded
    counts = (
        Counts(loaded.inserted, loaded.updated, loaded.unchanged, loaded.rejected)
        if loaded
        else Counts()
    )
    return facts.started, closed_by_fetcher(facts, facts.decision, counts)


async def _note(connection: Connection, facts: SyncFacts, decision: SyncFetched) -> None:
    """Close a sync of which the fetcher has the last word."""
    assert facts.started is not None  # noqa: S101 — the callers looked
    totals = await syncs.count(connection, facts, Counts())
    if totals is not None:
        closed = closed_by_fetcher(facts, decision, totals.counts)
        await syncs.close(connection, [(facts.started, closed)])

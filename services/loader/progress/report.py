"""The report of a sync, made of the fetcher's and the loader's counts (``contracts.sums``)."""

from typing import Any, NamedTuple

from libs.common.contracts.enums import Kind, Outcome
from libs.common.contracts.events import SyncFetched, SyncFinished
from libs.common.contracts.sums import SyncCounts
from services.loader.progress.facts import SyncFacts


class ClosedSync(NamedTuple):
    """The columns of a ``syncs`` row that are written when the sync ends, in their order."""

    attempt: int
    started_at: int
    ended_at: int
    outcome: str
    complete: bool
    reason: str
    source_total: int
    fetched: int
    distinct_records: int
    missing: int
    departed: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int
    retries: int
    failed_pages: tuple[int, ...]
    hemis_ids: tuple[int, ...]
    suppressed: int


def finish(
    facts: SyncFacts, counts: SyncCounts, *, at: int, epoch: int, all_loaded: bool
) -> SyncFinished:
    """Make the report of a sync that was fetched to its end and is loaded.

    ``all_loaded`` is False if the topic ends before the sync's last record.
    """
    decision = facts.decision
    if decision is None or facts.started is None:
        raise ValueError("only a fetched sync can be finished")
    distinct = max(decision.distinct, counts.total + decision.rejected)
    rejected = counts.rejected + decision.rejected
    missing, departed = _gaps(decision, distinct) if facts.started.kind is Kind.FULL else (0, 0)
    seen_all = decision.complete if decision.complete is not None else not missing
    return SyncFinished(
        sync_id=decision.sync_id,
        resource=decision.resource,
        at=at,
        attempt=decision.attempt,
        complete=all_loaded and seen_all and not (rejected or decision.failed_pages),
        database_epoch=epoch,
        started_at=facts.started_at,
        source_total=decision.source_total,
        fetched=max(decision.fetched, distinct),
        distinct=distinct,
        missing=missing,
        departed=departed,
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=distinct - counts.inserted - counts.updated - rejected,
        rejected=rejected,
        retries=decision.retries,
        failed_pages=decision.failed_pages,
        hemis_ids=decision.hemis_ids,
        suppressed=decision.suppressed,
    )


def _gaps(decision: SyncFetched, distinct: int) -> tuple[int, int]:
    """Return how many records are missing and have departed, as the fetcher judged it.

    Records that only the loader has counted (their page changed before it was fetched again) have
    departed, since the fetcher did not see them at the end.
    """
    if decision.complete is None:
        total = decision.source_total - decision.suppressed
        return max(0, total - distinct), max(0, distinct - total)
    return decision.missing, decision.departed + distinct - decision.distinct


def closed_by_report(report: SyncFinished) -> ClosedSync:
    return _closed(
        report,
        SyncCounts.of(report),
        started_at=report.started_at,
        outcome=Outcome.COMPLETED,
        complete=report.complete,
        reason="",
    )


def closed_by_fetcher(facts: SyncFacts, decision: SyncFetched, counts: SyncCounts) -> ClosedSync:
    """Return the row of a sync that failed or was cancelled, with the fetcher's reason."""
    return _closed(
        decision,
        counts._replace(rejected=counts.rejected + decision.rejected),
        started_at=facts.started_at,
        outcome=decision.outcome,
        complete=False,
        reason=decision.reason,
    )


def _closed(
    event: SyncFetched | SyncFinished, counts: SyncCounts, **columns: str | int
) -> ClosedSync:
    """Fill in the columns that have the same source in both events; ``columns`` are the others."""
    same = set(ClosedSync._fields) & set(event.__struct_fields__) - {*columns, *counts._fields}
    values: dict[str, Any] = {name: getattr(event, name) for name in same}
    values |= {"ended_at": event.at, "distinct_records": event.distinct, **columns}
    return ClosedSync(**values, **counts._asdict())

"""The numbers of one sync. Pure.

The numbers of one service always come from one event of it, never from several.
"""

from dataclasses import dataclass

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import PageFailed, PageFetched, RecordsLoaded, SyncFinished
from libs.common.contracts.sums import SyncCounts
from services.gateway.projection.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class Pages:
    """The page being fetched, and the number of pages."""

    current: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Records by outcome; ``counts.rejected`` includes those without a usable id."""

    source: int
    fetched: int
    processed: int
    counts: SyncCounts
    missing: int
    departed: int
    suppressed: int
    retries: int
    database_epoch: int | None


def totals_of(sync: SyncState) -> Totals:
    finished = sync.facts.get(SyncFinished)
    if finished is not None:
        return _final(finished, sync)
    ended = sync.ended
    fetched = ended or sync.facts.get(PageFetched)
    loaded = sync.facts.get(RecordsLoaded)
    counts = SyncCounts.of(loaded)
    return Totals(
        source=fetched.source_total if fetched else 0,
        fetched=sync.fetched,
        processed=counts.total + sync.without_id,
        counts=counts._replace(rejected=counts.rejected + sync.without_id),
        missing=ended.missing if ended else 0,
        departed=ended.departed if ended else 0,
        suppressed=ended.suppressed if ended else 0,
        retries=fetched.retries if fetched else 0,
        database_epoch=loaded.database_epoch if loaded else None,
    )


def _final(finished: SyncFinished, sync: SyncState) -> Totals:
    return Totals(
        source=finished.source_total,
        fetched=max(finished.fetched, sync.fetched),
        processed=finished.distinct,
        counts=SyncCounts.of(finished),
        missing=finished.missing,
        departed=finished.departed,
        suppressed=finished.suppressed,
        retries=finished.retries,
        database_epoch=finished.database_epoch,
    )


def pages_of(sync: SyncState) -> Pages:
    """Return the page being fetched: the one after the newest that was fetched or failed."""
    fetched = sync.facts.get(PageFetched)
    failed = sync.facts.get(PageFailed)
    count = fetched.page_count if fetched else 0
    if _is_fetched(sync):
        return Pages(count, count)
    if failed is not None and (fetched is None or failed.at >= fetched.at):
        return Pages(min(failed.page + 1, count or failed.page), count)
    if fetched is None:
        return Pages(1 if sync.attempt else 0, count)
    # There is no next page in the second pass, which fetches the failed pages again.
    return Pages(fetched.next_page or fetched.page, count)


def _is_fetched(sync: SyncState) -> bool:
    ended = sync.ended
    completed = ended is not None and ended.outcome is Outcome.COMPLETED
    return completed or sync.facts.get(SyncFinished) is not None


def failed_pages_of(sync: SyncState) -> tuple[int, ...]:
    """Return the pages that failed; after the end only those that no later pass fetched."""
    ended = sync.facts.get(SyncFinished) or sync.ended
    return tuple(ended.failed_pages) if ended is not None else tuple(sorted(sync.failed_pages))

"""The steps of a sync, as values: what a checkpoint becomes, and what is said of it. Pure."""

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Checkpoint, SyncCheckpoint
from libs.common.contracts.commands import FetchRecords, StartSync
from libs.common.contracts.enums import Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import Event, PageFetched, SyncFetched, SyncStarted
from libs.common.contracts.resources import Resource
from services.fetcher.syncs.completeness import MOST_LAPS, CompletenessVerdict
from services.fetcher.syncs.plan import LARGEST_PAGE, Plan
from services.fetcher.syncs.published import end_offsets
from services.fetcher.syncs.seen import PageRead


def newest_of(checkpoint: Checkpoint) -> tuple[Event, ...]:
    """Say how the checkpoint's sync stands; it must have one."""
    sync = checkpoint.sync
    if sync is None:
        raise LookupError("this checkpoint has no sync")
    return sync.end_events or (started(checkpoint.resource, sync),)


def begun(
    command: StartSync, plan: Plan, at: int, stopped: SyncCheckpoint | None = None
) -> SyncCheckpoint:
    """Begin a sync; ``stopped`` is the sync that was really stopped for it, if any."""
    return SyncCheckpoint(
        sync_id=command.sync_id,
        attempt=1,
        mode=plan.mode,
        trigger=command.trigger,
        requested_by=command.requested_by,
        tick_at=command.tick_at,
        supersedes=stopped.sync_id if stopped else None,
        scope=plan.scope,
        note=plan.note,
        fingerprint=command.fingerprint,
        started_at=at,
    )


def resumed(sync: SyncCheckpoint, at: int) -> SyncCheckpoint:
    """Begin the next attempt where this one ended, in the scope it began with."""
    return replace(
        sync,
        attempt=sync.attempt + 1,
        trigger=Trigger.RESUME,
        started_at=at,
        lap=1,
        failures_in_a_row=0,
        ended=None,
        drift=(),
    )


def begun_again(sync: SyncCheckpoint) -> SyncCheckpoint:
    """Forget what was published: the topic that it was published to is gone."""
    return replace(
        sync,
        next_page=1,
        lap=1,
        failed_pages=(),
        reads=0,
        calm=None,
        fetched=0,
        distinct=0,
        newest_update=0,
        began_at=0,
        rejected=0,
        suppressed=0,
        end_offsets={},
        last_records={},
    )


def next_page(sync: SyncCheckpoint) -> int | None:
    """Name the page to ask for next; None when the newest page count says that was the last."""
    if sync.page_count is None:
        return sync.next_page
    last = min(sync.page_count, sync.page_limit or sync.page_count)
    return sync.next_page if sync.next_page <= last else None


def next_lap(sync: SyncCheckpoint) -> SyncCheckpoint:
    return replace(sync, lap=sync.lap + 1, next_page=1)


def lap_anew(sync: SyncCheckpoint) -> SyncCheckpoint:
    """Read the list again, and distrust the counts so far."""
    return replace(next_lap(sync), calm=None)


def may_lap_again(sync: SyncCheckpoint) -> bool:
    """Tell whether reading the list once more can still prove anything."""
    return not sync.failed_pages and sync.lap < MOST_LAPS and not is_cut(sync)


def is_cut(sync: SyncCheckpoint) -> bool:
    """Tell whether the list has grown beyond the last page that is asked for."""
    return bool(sync.page_limit and (sync.page_count or 0) > sync.page_limit)


def after_page(sync: SyncCheckpoint, read: PageRead) -> SyncCheckpoint:
    number, page = read.number, read.page
    return replace(
        sync,
        next_page=max(sync.next_page, number + 1),
        page_count=page.page_count,
        # A source that grows with every page must not keep us for ever.
        page_limit=sync.page_limit or page.page_count * 2 + 10,
        source_total=page.total,
        failed_pages=tuple(failed for failed in sync.failed_pages if failed != number),
        failures_in_a_row=0,
        fetched=sync.fetched + len(page.items) - len(read.published.suppressed),
        began_at=sync.began_at or read.asked_at,
        newest_update=max(sync.newest_update, read.newest_update),
        end_offsets=end_offsets(sync.end_offsets, read.published.offsets),
        last_records=sync.last_records | read.published.last_records,
    )


def after_failure(sync: SyncCheckpoint, number: int) -> SyncCheckpoint:
    """Leave a page behind; it gets another chance at the end."""
    return replace(
        sync,
        next_page=max(sync.next_page, number + 1),
        failed_pages=tuple(sorted({*sync.failed_pages, number})),
        failures_in_a_row=sync.failures_in_a_row + 1,
    )


def started(resource: Resource, sync: SyncCheckpoint) -> SyncStarted:
    """Say that this attempt began; always the same for one attempt, however often it is said."""
    return SyncStarted(
        sync_id=sync.sync_id,
        resource=resource,
        at=sync.started_at,
        attempt=sync.attempt,
        kind=Kind.FULL,
        mode=sync.mode,
        trigger=sync.trigger,
        page_size=sync.scope.page_size,
        requested_by=sync.requested_by,
        tick_at=sync.tick_at,
        supersedes=sync.supersedes,
        note=sync.note,
        fingerprint=sync.fingerprint,
    )


def request_started(request: FetchRecords) -> SyncStarted:
    return SyncStarted(
        sync_id=request.sync_id,
        resource=request.resource,
        at=request.issued_at,
        attempt=1,
        kind=Kind.SINGLE,
        mode=Mode.FULL,
        trigger=request.trigger,
        page_size=LARGEST_PAGE,
        requested_by=request.requested_by,
        dead_letter_id=request.dead_letter_id,
        retry=request.retry,
        fingerprint=request.fingerprint,
    )


def page_fetched(
    resource: Resource,
    sync: SyncCheckpoint,
    number: int,
    verdict: CompletenessVerdict | None,
    at: int,
) -> PageFetched:
    return PageFetched(
        sync_id=sync.sync_id,
        resource=resource,
        at=at,
        attempt=sync.attempt,
        page=number,
        page_count=sync.page_count or number,
        source_total=sync.source_total,
        fetched=sync.fetched,
        distinct=sync.distinct,
        rejected=sync.rejected,
        retries=sync.retries,
        next_page=None if verdict else _page_after(sync),
    )


def _page_after(sync: SyncCheckpoint) -> int | None:
    return next_page(sync) or (1 if may_lap_again(sync) else None)


def decided(
    resource: Resource, sync: SyncCheckpoint, verdict: CompletenessVerdict, at: int
) -> SyncFetched:
    """Say that all was fetched, and whether that is all of the source."""
    return replace(
        ended(resource, sync, Outcome.COMPLETED, "", at),
        missing=verdict.missing,
        departed=_seen(sync) + verdict.missing - sync.source_total,
        complete=verdict.complete and not sync.failed_pages,
        doubt=verdict.doubt,
    )


def undecided(sync: SyncCheckpoint) -> CompletenessVerdict:
    """Judge a sync that nothing more can prove: what is missing for certain, and why."""
    missing = max(0, sync.source_total - _seen(sync))
    if sync.failed_pages:
        return CompletenessVerdict(complete=False, missing=missing)
    if is_cut(sync):
        doubt = f"HEMIS's list grew beyond {sync.page_limit} pages while it was read"
    else:
        doubt = f"HEMIS's list changed each of the {sync.lap} times it was read"
    return CompletenessVerdict(complete=False, missing=missing, doubt=doubt)


def ended(
    resource: Resource, sync: SyncCheckpoint, outcome: Outcome, reason: str, at: int
) -> SyncFetched:
    """Say how fetching ended, with what the counts alone can tell."""
    return SyncFetched(
        sync_id=sync.sync_id,
        resource=resource,
        at=at,
        attempt=sync.attempt,
        outcome=outcome,
        source_total=sync.source_total,
        fetched=sync.fetched,
        distinct=sync.distinct,
        missing=max(0, sync.source_total - _seen(sync)),
        departed=max(0, _seen(sync) - sync.source_total),
        rejected=sync.rejected,
        retries=sync.retries,
        failed_pages=sync.failed_pages,
        end_offsets=sync.end_offsets,
        reason=reason,
        suppressed=sync.suppressed,
    )


def _seen(sync: SyncCheckpoint) -> int:
    """Count the records that a page showed, the erased included."""
    return sync.distinct + sync.suppressed

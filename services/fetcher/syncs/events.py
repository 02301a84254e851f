"""The events that tell of a sync. Pure: built from its checkpoint, so always the same."""

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Checkpoint, SyncCheckpoint
from libs.common.contracts.commands import EraseRecord, FetchRecords
from libs.common.contracts.enums import Kind, Mode, Outcome
from libs.common.contracts.events import (
    ErasureRefused,
    Event,
    PageFetched,
    SyncFetched,
    SyncStarted,
)
from libs.common.contracts.resources import Resource
from services.fetcher.syncs.completeness import CompletenessVerdict
from services.fetcher.syncs.plan import LARGEST_PAGE
from services.fetcher.syncs.steps import is_cut, may_read_again, next_page


def latest_events(checkpoint: Checkpoint) -> tuple[Event, ...]:
    """Return how the checkpoint's sync began or ended; empty if there is no sync."""
    sync = checkpoint.sync
    if sync is None:
        return ()
    return sync.end_events or (started(checkpoint.resource, sync),)


def started(resource: Resource, sync: SyncCheckpoint) -> SyncStarted:
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


def erasure_refused(erasure: EraseRecord, at: int, reason: str) -> ErasureRefused:
    return ErasureRefused(sync_id=erasure.sync_id, resource=erasure.resource, at=at, reason=reason)


def page_fetched(
    resource: Resource,
    sync: SyncCheckpoint,
    number: int,
    verdict: CompletenessVerdict | None,
    at: int,
) -> PageFetched:
    page_after = next_page(sync) or (1 if may_read_again(sync) else None)
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
        next_page=None if verdict else page_after,
    )


def fetched(
    resource: Resource, sync: SyncCheckpoint, verdict: CompletenessVerdict, at: int
) -> SyncFetched:
    """Return the end of a sync that fetched all pages it could."""
    return replace(
        ended(resource, sync, Outcome.COMPLETED, "", at),
        missing=verdict.missing,
        departed=_seen(sync) + verdict.missing - sync.source_total,
        complete=verdict.complete and not sync.failed_pages,
        doubt=verdict.doubt,
    )


def undecided(sync: SyncCheckpoint) -> CompletenessVerdict:
    """Return the verdict on a sync for which more reading proves nothing."""
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
    """Return the end of a sync, with missing and departed records as the counts alone tell."""
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
    """Count the records that a page listed, erased people included."""
    return sync.distinct + sync.suppressed

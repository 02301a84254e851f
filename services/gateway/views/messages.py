"""What a sync is doing, in words for people. Pure."""

from collections.abc import Callable, Mapping

from libs.common.contracts.commands import CancelSync
from libs.common.contracts.enums import Kind, Outcome, RemovalState
from libs.common.contracts.events import (
    LoadingPaused,
    PageFetched,
    RemovalsCounted,
    SyncFinished,
    SyncRefused,
    SyncWaiting,
)
from services.gateway.projection.status import (
    Status,
    cancel_answered,
    ended_long_ago,
    is_erased,
    pending_resume,
)
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.liveness import FETCHER, NOBODY, Silence, describe
from services.gateway.views.totals import failed_pages_of, pages_of, totals_of

NEVER_SYNCED = "No sync has run yet"


def message_of(
    sync: SyncState,
    status: Status,
    now: int,
    silence: Silence = NOBODY,
    pause: LoadingPaused | None = None,
) -> str:
    """Say it; ``pause`` is that of the resource's topic, whichever sync brought it about."""
    words = _WORDS[status](sync, now, silence)
    if pause is None or not (status.active or pause.sync_id == sync.sync_id):
        return words
    return (
        pause_in_words(pause) if status is Status.RUNNING else f"{words}. {pause_in_words(pause)}"
    )


def pause_in_words(pause: LoadingPaused) -> str:
    return (
        f"Loading is paused: {pause.rejected} of {pause.records} records were rejected, more than"
        f" {pause.limit_percent:g} %. POST /api/hemis/loading/{pause.resource}/resume lets it go on"
    )


def _requested(sync: SyncState, now: int, silence: Silence) -> str:
    wish = "go on with" if pending_resume(sync, now) else "begin"
    if FETCHER in silence:
        return f"Requested: the fetcher will {wish} it when it is back ({describe(silence)})"
    return f"Requested: waiting for the fetcher to {wish} it"


def _running(sync: SyncState, now: int, _: Silence) -> str:
    if sync.kind is Kind.SINGLE:
        return "Asking HEMIS for the record..." if sync.ended is None else "Storing the record..."
    page = f"Processing page {pages_of(sync).current}..."
    if sync.ended is not None:
        return f"{page} all pages are fetched, the last records are being stored"
    cancel = sync.facts.get(CancelSync)
    if cancel is not None and not cancel_answered(sync, cancel):
        return f"{page} it is being cancelled"
    return _waiting(sync, now) or page


def _waiting(sync: SyncState, now: int) -> str:
    waiting = sync.facts.get(SyncWaiting)
    fetched = sync.facts.get(PageFetched)
    if waiting is None or now >= waiting.at + waiting.seconds * 1000:
        return ""
    if fetched is not None and fetched.at > waiting.at:
        return ""
    return f"Waiting {waiting.seconds:.0f} s: {waiting.reason}"


def _completed(sync: SyncState, _: int, __: Silence) -> str:
    if ended_long_ago(sync):
        return "Completed earlier: its numbers are no longer kept. Use another key for a new sync"
    return _how_complete(sync) + _what_of_the_rest(sync)


def _what_of_the_rest(sync: SyncState) -> str:
    """Say what becomes of rows that the sync did not see; nothing where it saw them all."""
    removals = sync.facts.get(RemovalsCounted)
    if removals is None:
        return ""
    rows = removals.missing + removals.vacated
    match removals.state:
        case RemovalState.HELD:
            return (
                f". {removals.missing} rows that HEMIS does not list any more are held, more than"
                f" {removals.limit}: POST /api/hemis/syncs/{sync.sync_id}/removals/approve or"
                " /discard decides"
            )
        case RemovalState.ASKING:
            return f". HEMIS is being asked for {rows} rows that it does not list any more"
        case RemovalState.DONE if removals.removed:
            return f". {removals.removed} rows are gone from HEMIS"
        case _:
            return ""


def _how_complete(sync: SyncState) -> str:
    finished = sync.facts.get(SyncFinished)
    totals = totals_of(sync)
    if finished is not None and finished.complete:
        erased = f", but for {totals.suppressed} erased here" if totals.suppressed else ""
        records = f"Completed: {totals.processed} records"
        return f"{records}, everything HEMIS has is in the tables{erased}"
    lacks = {
        "missing": totals.missing,
        "rejected": totals.rejected,
        "pages failed": len(failed_pages_of(sync)),
    }
    named = ", ".join(f"{count} {lack}" for lack, count in lacks.items() if count)
    return f"Completed, but not complete: {named or 'see the report'}"


def _failed(sync: SyncState, _: int, __: Silence) -> str:
    ended = sync.ended
    if ended is None:
        return "Failed"
    if is_erased(sync):
        return "This person was erased here, and is not fetched again"
    if ended.outcome is Outcome.NOT_FOUND:
        return "HEMIS does not know this person"
    if ended.outcome is Outcome.MISMATCH:
        return "The two identifiers name different people"
    return f"Failed: {ended.reason or 'no reason given'}"


def _cancelled(sync: SyncState, _: int, __: Silence) -> str:
    refused = sync.facts.get(SyncRefused)
    abandoned = sync.abandoned
    if abandoned is not None and not abandoned.superseded_by:
        return "Cancelled: nothing had been heard of it for ten minutes"
    if abandoned is not None:
        return f"Cancelled: it was stalled, and sync {abandoned.superseded_by} takes its place"
    if sync.ended is not None:
        return f"Cancelled: {sync.ended.reason}" if sync.ended.reason else "Cancelled"
    if refused is None:
        return "Cancelled: no fetcher took the request before it expired"
    if refused.active_sync_id is not None:
        return f"Cancelled: sync {refused.active_sync_id} was already active"
    return f"Cancelled: {refused.reason}"


_WORDS: Mapping[Status, Callable[[SyncState, int, Silence], str]] = {
    Status.IDLE: lambda _, __, ___: NEVER_SYNCED,
    Status.REQUESTED: _requested,
    Status.RUNNING: _running,
    Status.STALLED: lambda _, __, silence: f"Stalled: {describe(silence)}",
    Status.COMPLETED: _completed,
    Status.FAILED: _failed,
    Status.CANCELLED: _cancelled,
}

"""What a sync is doing, as text for people. Pure."""

from collections.abc import Callable, Mapping

from libs.common.contracts.commands import ApproveRemovals, CancelSync
from libs.common.contracts.enums import Kind, Mode, Outcome, RemovalState
from libs.common.contracts.events import (
    LoadingPaused,
    PageFetched,
    RemovalsCounted,
    SyncFinished,
    SyncRefused,
    SyncWaiting,
)
from services.gateway.views.liveness import FETCHER, describe
from services.gateway.views.snapshot import SyncSnapshot
from services.gateway.views.status import (
    Status,
    ended_long_ago,
    is_cancel_answered,
    is_erased,
    mode_of,
    open_decisions,
    pending_resume,
)

NEVER_SYNCED = "No sync has run yet"


def message_of(snapshot: SyncSnapshot) -> str:
    status, pause = snapshot.status, snapshot.pause
    text = _TEXTS[status](snapshot)
    if pause is None or not (status.active or pause.sync_id == snapshot.sync.sync_id):
        return text
    paused = pause_text(pause)
    return paused if status is Status.RUNNING else f"{text}. {paused}"


def pause_text(pause: LoadingPaused) -> str:
    return (
        f"Loading is paused: {pause.rejected} of {_counted(pause.records, 'record')}"
        f" {_was(pause.rejected)} rejected, more than"
        f" {pause.limit_percent:g} %. POST /api/hemis/loading/{pause.resource}/resume resumes it"
    )


def _requested(snapshot: SyncSnapshot) -> str:
    verb = "resume" if pending_resume(snapshot.sync, snapshot.now) else "begin"
    if FETCHER in snapshot.silence:
        reason = describe(snapshot.silence)
        return f"Requested: the fetcher will {verb} it when it is back ({reason})"
    return f"Requested: waiting for the fetcher to {verb} it"


def _running(snapshot: SyncSnapshot) -> str:
    sync = snapshot.sync
    if sync.kind is Kind.SINGLE:
        return "Asking HEMIS for the record..." if sync.ended is None else "Storing the record..."
    page = f"Processing page {snapshot.pages.current}..."
    if sync.ended is not None:
        return f"{page} all pages are fetched, the last records are being stored"
    cancel = sync.facts.get(CancelSync)
    if cancel is not None and not is_cancel_answered(sync, cancel):
        return f"{page} it is being cancelled"
    return _waiting(snapshot) or page


def _waiting(snapshot: SyncSnapshot) -> str:
    waiting = snapshot.sync.facts.get(SyncWaiting)
    fetched = snapshot.sync.facts.get(PageFetched)
    if waiting is None or snapshot.now >= waiting.at + waiting.seconds * 1000:
        return ""
    if fetched is not None and fetched.at > waiting.at:
        return ""
    return f"Waiting {waiting.seconds:.0f} s: {waiting.reason}"


def _completed(snapshot: SyncSnapshot) -> str:
    if ended_long_ago(snapshot.sync):
        return "Completed earlier: its numbers are no longer kept. Use another key for a new sync"
    return _completeness(snapshot) + _removals(snapshot)


def _removals(snapshot: SyncSnapshot) -> str:
    """Describe what happens to rows that the sync did not see; empty if it saw them all."""
    removals = snapshot.sync.facts.get(RemovalsCounted)
    if removals is None:
        return ""
    rows = _counted(removals.missing + removals.vacated, "row")
    match removals.state:
        case RemovalState.HELD:
            return f". {_held_removals(snapshot, removals)}"
        case RemovalState.ASKING:
            return f". HEMIS is being asked for {rows} that it does not list any more"
        case RemovalState.DONE if removals.removed:
            verb = _is(removals.removed)
            return f". {_counted(removals.removed, 'row')} {verb} gone from HEMIS"
        case _:
            return ""


def _held_removals(snapshot: SyncSnapshot, removals: RemovalsCounted) -> str:
    for decision in open_decisions(snapshot.sync, snapshot.now):
        approved = isinstance(decision, ApproveRemovals)
        outcome, next_step = ("approved", "begin") if approved else ("discarded", "confirm")
        rows = f"The removal of {_counted(removals.missing, 'row')}"
        return f"{rows} was {outcome}: waiting for the loader to {next_step}"
    return (
        f"{_counted(removals.missing, 'row')} that HEMIS does not list any more"
        f" {_is(removals.missing)} held, more than {removals.limit}:"
        f" POST /api/hemis/syncs/{snapshot.sync.sync_id}/removals/approve"
        " or /discard decides"
    )


def _completeness(snapshot: SyncSnapshot) -> str:
    finished = snapshot.sync.facts.get(SyncFinished)
    totals = snapshot.totals
    if finished is not None and finished.complete:
        erased = f", but for {totals.suppressed} erased here" if totals.suppressed else ""
        return f"Completed: {_stored_records(snapshot)} in the tables{erased}"
    pages = len(snapshot.failed_pages)
    lacks = {
        "missing": totals.missing,
        "rejected": totals.counts.rejected,
        "page failed" if pages == 1 else "pages failed": pages,
    }
    named = ", ".join(f"{count} {lack}" for lack, count in lacks.items() if count)
    return f"Completed, but not complete: {named or 'see the report'}"


def _stored_records(snapshot: SyncSnapshot) -> str:
    """Return the records of a complete sync; an incremental one knows only what has changed."""
    sync, count = snapshot.sync, snapshot.totals.processed
    if sync.kind is Kind.FULL and mode_of(sync) is Mode.FULL:
        return f"{_counted(count, 'record')}, the whole list is"
    noun = "changed record" if mode_of(sync) is Mode.INCREMENTAL else "record"
    everything = "all of them are" if count > 1 else "everything is"
    return f"{_counted(count, noun)}, {everything}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _failed(snapshot: SyncSnapshot) -> str:
    ended = snapshot.sync.ended
    if ended is None:
        return "Failed"
    if is_erased(snapshot.sync):
        return "This person was erased here, and is not fetched again"
    if ended.outcome is Outcome.NOT_FOUND:
        return "HEMIS does not know this person"
    if ended.outcome is Outcome.MISMATCH:
        return "The two identifiers name different people"
    return f"Failed: {ended.reason or 'no reason given'}"


def _cancelled(snapshot: SyncSnapshot) -> str:
    sync = snapshot.sync
    refused, abandoned = sync.facts.get(SyncRefused), sync.abandoned
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


_TEXTS: Mapping[Status, Callable[[SyncSnapshot], str]] = {
    Status.REQUESTED: _requested,
    Status.RUNNING: _running,
    Status.STALLED: lambda snapshot: f"Stalled: {describe(snapshot.silence)}",
    Status.COMPLETED: _completed,
    Status.FAILED: _failed,
    Status.CANCELLED: _cancelled,
}

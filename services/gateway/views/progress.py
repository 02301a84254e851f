"""What people see of a sync: the progress object and the report. Pure; ``now`` is an argument."""

from typing import Any

from libs.common.contracts.commands import FetchRecords, StartSync
from libs.common.contracts.enums import FieldChange, Kind, Mode, Trigger
from libs.common.contracts.events import (
    LoadingPaused,
    RemovalsCounted,
    SyncFinished,
    SyncRefused,
    SyncStarted,
)
from libs.common.contracts.sums import sums_of_sync
from services.gateway.projection.status import Status, pending_resume, status_of
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.error_lines import error_lines
from services.gateway.views.liveness import NOBODY, Silence
from services.gateway.views.messages import NEVER_SYNCED, message_of
from services.gateway.views.schemas import Progress, Removals, Report, ReportSum
from services.gateway.views.totals import Totals, failed_pages_of, pages_of, totals_of


def progress_of(
    sync: SyncState | None,
    now: int,
    silence: Silence = NOBODY,
    pause: LoadingPaused | None = None,
) -> Progress:
    """Show a resource's newest sync; before any, zeros."""
    if sync is None:
        return Progress(status=Status.IDLE, message=NEVER_SYNCED)
    return Progress(**_progress_fields(sync, now, silence, pause))


def report_of(
    sync: SyncState, now: int, silence: Silence = NOBODY, pause: LoadingPaused | None = None
) -> Report:
    """Show one sync with everything that is known of it."""
    started = sync.facts.get(SyncStarted)
    ended = sync.facts.get(SyncFinished) or sync.ended
    return Report(
        **_progress_fields(sync, now, silence, pause),
        resource=sync.resource,
        kind=sync.kind,
        mode=mode_of(sync),
        outcome=sync.ended.outcome if sync.ended else None,
        distinct=ended.distinct if ended else 0,
        departed=totals_of(sync).departed,
        failed_pages=list(failed_pages_of(sync)),
        hemis_ids=list(ended.hemis_ids) if ended else [],
        **_fields(sync),
        requested_by=_asking(sync, "requested_by"),
        requested_time=sync.asked_at,
        tick_time=_asking(sync, "tick_at"),
        note=started.note if started else "",
        sums=_sums(sync),
        removals=_removals(sync),
    )


def _fields(sync: SyncState) -> dict[str, Any]:
    """Give what is new about HEMIS's fields."""
    retyped = sync.drift.get(FieldChange.RETYPED)
    named = (FieldChange.UNKNOWN, FieldChange.ADDED, FieldChange.DROPPED)
    unknown, added, dropped = (
        list(sync.drift[change].fields) if change in sync.drift else [] for change in named
    )
    return {
        "unknown_fields": unknown,
        "added_fields": added,
        "dropped_fields": dropped,
        "retyped_fields": retyped.types if retyped else {},
    }


def _sums(sync: SyncState) -> list[ReportSum]:
    """Give the checked sums of a completed sync over a whole resource."""
    finished = sync.facts.get(SyncFinished)
    if finished is None or sync.kind is Kind.SINGLE:
        return []
    return [
        ReportSum(name=one.name, left=one.left, right=one.right, holds=one.holds)
        for one in sums_of_sync(finished)
    ]


def _removals(sync: SyncState) -> Removals | None:
    counted = sync.facts.get(RemovalsCounted)
    if counted is None:
        return None
    return Removals(**{name: getattr(counted, name) for name in Removals.model_fields})


def shown_status(sync: SyncState, now: int, silence: Silence) -> Status:
    status = status_of(sync, now)
    return Status.STALLED if status is Status.RUNNING and silence else status


def mode_of(sync: SyncState) -> Mode | None:
    asked = sync.facts.get(SyncStarted) or sync.facts.get(StartSync)
    return asked.mode if asked is not None else None


def _progress_fields(
    sync: SyncState, now: int, silence: Silence, pause: LoadingPaused | None
) -> dict[str, Any]:
    status = shown_status(sync, now, silence)
    totals = totals_of(sync)
    pages = pages_of(sync)
    finished = sync.facts.get(SyncFinished)
    end = _end_time(sync, status)
    return {
        "status": status,
        "start_time": sync.started_at,
        "end_time": end,
        "duration_seconds": _duration(sync, end or now),
        "total_records": totals.source,
        "processed_records": totals.processed,
        "fetched_records": totals.fetched,
        "errors": error_lines(sync),
        "current_page": pages.current,
        "total_pages": pages.count,
        "message": message_of(sync, status, now, silence, pause),
        "sync_id": sync.sync_id,
        "complete": finished.complete if finished else None,
        "attempt": sync.attempt,
        "last_event_time": sync.last_at or sync.asked_at,
        "trigger": _trigger(sync, now),
        **_counts(totals),
        **_speed(sync, status, totals, end),
    }


def _counts(totals: Totals) -> dict[str, Any]:
    names = (
        *("missing", "suppressed", "inserted", "updated", "unchanged", "rejected", "retries"),
        "database_epoch",
    )
    return {name: getattr(totals, name) for name in names}


def _speed(sync: SyncState, status: Status, totals: Totals, end: int | None) -> dict[str, Any]:
    """Give the speed of the last minute and the rest of the way; at the end, that of the whole."""
    if end is not None:
        seconds = _duration(sync, end)
        rate = totals.processed / seconds if seconds else 0.0
        return {"records_per_second": round(rate, 1)}
    rate = sync.pace.per_second() if sync.pace is not None else 0.0
    left = max(0, totals.source - totals.processed)
    known = rate > 0 and status is Status.RUNNING
    return {
        "records_per_second": round(rate, 1),
        "eta_seconds": int(left / rate) if known else None,
    }


def _duration(sync: SyncState, until: int) -> float:
    return max(0, until - sync.started_at) / 1000 if sync.started_at is not None else 0.0


def _end_time(sync: SyncState, status: Status) -> int | None:
    if status.active:
        return None
    over = sync.facts.get(SyncFinished) or sync.ended or sync.facts.get(SyncRefused)
    return over.at if over is not None else sync.answer_by


def _trigger(sync: SyncState, now: int) -> Trigger | None:
    if pending_resume(sync, now) is not None:
        return Trigger.RESUME
    trigger: Trigger | None = _asking(sync, "trigger")
    return trigger


def _asking(sync: SyncState, field: str) -> Any:  # noqa: ANN401 — one of the fields they share
    for kind in (SyncStarted, StartSync, FetchRecords):
        asked = sync.facts.get(kind)
        if asked is not None:
            return getattr(asked, field, None)
    return None

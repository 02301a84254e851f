"""The progress object and the report of a sync. Pure."""

from typing import Any

from libs.common.contracts.commands import FetchRecords, StartSync
from libs.common.contracts.enums import FieldChange, Kind, Trigger
from libs.common.contracts.events import RemovalsCounted, SyncFinished, SyncRefused, SyncStarted
from libs.common.contracts.sums import sums_of_sync
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.error_lines import error_lines
from services.gateway.views.messages import NEVER_SYNCED, message_of
from services.gateway.views.schemas import Progress, Removals, Report, ReportSum
from services.gateway.views.snapshot import SyncSnapshot
from services.gateway.views.status import Status, mode_of, pending_resume


def progress_of(snapshot: SyncSnapshot | None) -> Progress:
    """Return the progress of a resource's current sync; zeros before the first sync."""
    if snapshot is None:
        return Progress(status=Status.IDLE, message=NEVER_SYNCED)
    return Progress(**_progress_fields(snapshot))


def report_of(snapshot: SyncSnapshot) -> Report:
    """Return everything known of one sync."""
    sync = snapshot.sync
    started = sync.facts.get(SyncStarted)
    ended = sync.facts.get(SyncFinished) or sync.ended
    return Report(
        **_progress_fields(snapshot),
        resource=sync.resource,
        kind=sync.kind,
        mode=mode_of(sync),
        outcome=sync.ended.outcome if sync.ended else None,
        distinct=ended.distinct if ended else 0,
        departed=snapshot.totals.departed,
        failed_pages=list(snapshot.failed_pages),
        hemis_ids=list(ended.hemis_ids) if ended else [],
        **_field_changes(sync),
        requested_by=_of_request(sync, "requested_by"),
        requested_time=sync.requested_at,
        tick_time=_of_request(sync, "tick_at"),
        note=started.note if started else "",
        sums=_sums(sync),
        removals=_removals(sync),
    )


def _field_changes(sync: SyncState) -> dict[str, Any]:
    """Return how the fields that HEMIS sends changed; changes that were not seen are left out."""
    named = (FieldChange.UNKNOWN, FieldChange.ADDED, FieldChange.DROPPED)
    changes = sync.field_changes
    fields: dict[str, Any] = {
        f"{change.name.lower()}_fields": list(changes[change].fields)
        for change in named
        if change in changes
    }
    if FieldChange.RETYPED in changes:
        fields["retyped_fields"] = changes[FieldChange.RETYPED].types
    return fields


def _sums(sync: SyncState) -> list[ReportSum]:
    """Return the checked sums of a completed sync of a whole resource."""
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


def _progress_fields(snapshot: SyncSnapshot) -> dict[str, Any]:
    sync, totals = snapshot.sync, snapshot.totals
    finished = sync.facts.get(SyncFinished)
    resume = pending_resume(sync, snapshot.now)
    end = _end_time(sync, snapshot.status)
    return {
        "status": snapshot.status,
        "start_time": sync.started_at,
        "end_time": end,
        "duration_seconds": _duration(sync, end or snapshot.now),
        "total_records": totals.source,
        "processed_records": totals.processed,
        "fetched_records": totals.fetched,
        "errors": error_lines(sync, totals.counts.rejected),
        "current_page": snapshot.pages.current,
        "total_pages": snapshot.pages.count,
        "message": message_of(snapshot),
        "sync_id": sync.sync_id,
        "complete": finished.complete if finished else None,
        "attempt": sync.attempt,
        "last_event_time": sync.last_event_at or sync.requested_at,
        "trigger": Trigger.RESUME if resume is not None else _of_request(sync, "trigger"),
        "missing": totals.missing,
        "suppressed": totals.suppressed,
        "retries": totals.retries,
        "database_epoch": totals.database_epoch,
        **totals.counts._asdict(),
        **_speed(snapshot, end),
    }


def _speed(snapshot: SyncSnapshot, end: int | None) -> dict[str, Any]:
    """Return the speed of the last minute and the remaining time; after the end the average.

    Both are unknown while loading is paused.
    """
    sync, totals = snapshot.sync, snapshot.totals
    if end is not None:
        seconds = _duration(sync, end)
        rate = totals.processed / seconds if seconds else 0.0
        return {"records_per_second": round(rate, 1)}
    if snapshot.pause is not None:
        return {"records_per_second": None}
    rate = sync.throughput.per_second() if sync.throughput is not None else 0.0
    left = max(0, totals.source - totals.processed)
    known = rate > 0 and snapshot.status is Status.RUNNING
    return {
        "records_per_second": round(rate, 1),
        "eta_seconds": int(left / rate) if known else None,
    }


def _duration(sync: SyncState, until: int) -> float:
    return max(0, until - sync.started_at) / 1000 if sync.started_at is not None else 0.0


def _end_time(sync: SyncState, status: Status) -> int | None:
    if status.active:
        return None
    end = sync.facts.get(SyncFinished) or sync.ended or sync.facts.get(SyncRefused)
    return end.at if end is not None else sync.expires_at


def _of_request(sync: SyncState, field: str) -> Any:  # noqa: ANN401 — one of the fields they share
    for kind in (SyncStarted, StartSync, FetchRecords):
        request = sync.facts.get(kind)
        if request is not None:
            return getattr(request, field, None)
    return None

"""The status of a sync, and which sync is its resource's current one. Pure.

::

    requested → running (⇄ stalled) → completed | failed | cancelled
        ↑____________resume____________________|__________|
"""

from collections.abc import Iterable
from enum import StrEnum

from libs.common.contracts.commands import (
    ApproveRemovals,
    CancelSync,
    Command,
    DiscardRemovals,
    ResumeLoading,
    ResumeSync,
    StartSync,
)
from libs.common.contracts.enums import Mode, Outcome, RemovalState
from libs.common.contracts.events import (
    LoadingPaused,
    LoadingResumed,
    RecordsLoaded,
    RemovalsCounted,
    SyncFinished,
    SyncRefused,
    SyncStarted,
    SyncWaiting,
)
from services.gateway.projection.sync_state import SyncState

Decision = ApproveRemovals | DiscardRemovals

# The clock of the fetcher that refuses may be behind the clock of the gateway that asked.
_CLOCK_SKEW_MS = 5_000


class Status(StrEnum):
    IDLE = "idle"
    REQUESTED = "requested"
    RUNNING = "running"
    STALLED = "stalled"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def active(self) -> bool:
        return self in {Status.REQUESTED, Status.RUNNING, Status.STALLED}


# A sync that is fetched to the end is still running: the loader completes it.
_AFTER_FETCHING = {
    Outcome.COMPLETED: Status.RUNNING,
    Outcome.FAILED: Status.FAILED,
    Outcome.CANCELLED: Status.CANCELLED,
    Outcome.NOT_FOUND: Status.FAILED,
    Outcome.MISMATCH: Status.FAILED,
}


def status_of(sync: SyncState, now: int) -> Status:
    """Return the status without regard to heartbeats, so never ``stalled``."""
    if sync.facts.get(SyncFinished) is not None or ended_long_ago(sync):
        return Status.COMPLETED
    if pending_resume(sync, now) is not None:
        return Status.REQUESTED
    if sync.abandoned is not None:
        return Status.CANCELLED
    if sync.ended is not None:
        return _AFTER_FETCHING[sync.ended.outcome]
    if has_begun(sync):
        return Status.RUNNING
    refused = sync.facts.get(SyncRefused) is not None
    return Status.CANCELLED if refused or now >= sync.expires_at else Status.REQUESTED


def has_begun(sync: SyncState) -> bool:
    """Return whether the fetcher or the loader worked on it, even if its command has expired."""
    return sync.attempt > 0 or sync.facts.get(RecordsLoaded) is not None


def ended_long_ago(sync: SyncState) -> bool:
    """Return whether only the fetcher remembers it: the topic has neither its start nor report."""
    completed = sync.ended is not None and sync.ended.outcome is Outcome.COMPLETED
    is_known = sync.facts.get(SyncStarted) or sync.facts.get(SyncFinished)
    return completed and is_known is None


def mode_of(sync: SyncState) -> Mode | None:
    request = sync.facts.get(SyncStarted) or sync.facts.get(StartSync)
    return request.mode if request is not None else None


def last_moved_at(sync: SyncState) -> int:
    """Return when it was last requested or had an event, or until when it announced to wait."""
    resume, waiting = sync.facts.get(ResumeSync), sync.facts.get(SyncWaiting)
    resumed_at = resume.issued_at if resume is not None else 0
    waits_until = waiting.at + int(waiting.seconds * 1000) if waiting is not None else 0
    return max(sync.requested_at or 0, resumed_at, sync.last_event_at, waits_until)


def pending_resume(sync: SyncState, now: int) -> ResumeSync | None:
    """Return the resume command that is neither answered nor expired."""
    resume = sync.facts.get(ResumeSync)
    if resume is None or now >= resume.expires_at or is_resume_answered(sync, resume):
        return None
    return resume


def is_resume_answered(sync: SyncState, resume: ResumeSync) -> bool:
    refused, abandoned = sync.facts.get(SyncRefused), sync.abandoned
    if abandoned is not None and abandoned.at >= resume.issued_at:
        return True
    return sync.attempt >= resume.attempt or (
        refused is not None and refused.at + _CLOCK_SKEW_MS >= resume.issued_at
    )


def is_cancel_answered(sync: SyncState, cancel: CancelSync) -> bool:
    ended = sync.ended is not None and sync.ended.attempt >= cancel.attempt
    return ended or sync.attempt > cancel.attempt or sync.facts.get(SyncFinished) is not None


def resume_issued_at(sync: SyncState, now: int) -> int:
    """Return the time for a new resume command: later than any refusal of an earlier one."""
    refused = sync.facts.get(SyncRefused)
    return max(now, refused.at + _CLOCK_SKEW_MS + 1) if refused is not None else now


def is_loading_paused(sync: SyncState) -> bool:
    """Return whether the loader waits for a person before it reads the topic on."""
    paused = sync.facts.get(LoadingPaused) is not None
    return paused and sync.facts.get(LoadingResumed) is None


def are_removals_held(sync: SyncState) -> bool:
    """Return whether rows that this sync did not see wait for a person's decision."""
    removals = sync.facts.get(RemovalsCounted)
    return removals is not None and removals.state is RemovalState.HELD


def open_decisions(sync: SyncState, now: int) -> list[Decision]:
    """Return people's decisions on the held removals, without expired ones."""
    decisions = (sync.facts.get(ApproveRemovals), sync.facts.get(DiscardRemovals))
    return [one for one in decisions if one is not None and now < one.expires_at]


def is_erased(sync: SyncState) -> bool:
    """Return whether a single record was not found because its person was erased here."""
    ended = sync.ended
    return ended is not None and ended.outcome is Outcome.NOT_FOUND and ended.suppressed > 0


def is_answered(sync: SyncState, command: Command) -> bool:
    """Return whether the topic shows the answer to a command."""
    match command:
        case ResumeSync():
            return is_resume_answered(sync, command)
        case CancelSync():
            return is_cancel_answered(sync, command)
        case ApproveRemovals() | DiscardRemovals():
            return not are_removals_held(sync)
        case ResumeLoading():
            return not is_loading_paused(sync)
        case _:
            return sync.attempt > 0 or sync.facts.get(SyncRefused) is not None


def current_sync(syncs: Iterable[SyncState], now: int) -> SyncState | None:
    """Return the resource's current sync: the last one that was started or requested.

    Ignored are a sync that was refused because another one was active, and one that ended long ago
    and was requested again. A request that expired is ignored while another sync is running.
    """
    candidates = [sync for sync in syncs if not _is_ignored(sync)]
    last = _last(candidates, now)
    if last is None or has_begun(last) or status_of(last, now).active:
        return last
    running = (sync for sync in candidates if status_of(sync, now) is Status.RUNNING)
    return _last(running, now) or last


def _last(syncs: Iterable[SyncState], now: int) -> SyncState | None:
    return max(syncs, key=lambda sync: (_begun_at(sync, now), sync.sync_id), default=None)


def _is_ignored(sync: SyncState) -> bool:
    if ended_long_ago(sync):
        return True
    refused = sync.facts.get(SyncRefused)
    return not sync.attempt and refused is not None and refused.active_sync_id is not None


def _begun_at(sync: SyncState, now: int) -> int:
    resume = pending_resume(sync, now)
    if resume is not None:
        return resume.issued_at
    return sync.last_started_at or sync.requested_at or 0

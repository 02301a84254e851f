"""One log line per change of state and per page, so that ``grep HEMIS`` shows a whole sync."""

import logging
from typing import Any

from libs.common.contracts.commands import (
    ApproveRemovals,
    CancelSync,
    Command,
    DiscardRemovals,
    EraseRecord,
    FetchRecords,
    ResumeLoading,
    ResumeSync,
    StartSync,
)
from libs.common.contracts.enums import Outcome, RemovalState
from libs.common.contracts.events import (
    AlertCleared,
    AlertRaised,
    ErasureLoaded,
    ErasureRefused,
    Event,
    LoadingPaused,
    LoadingResumed,
    PageFailed,
    PageFetched,
    RecordErased,
    RecordRejected,
    RemovalsCounted,
    SourceDrifted,
    SyncFetched,
    SyncFinished,
    SyncRefused,
    SyncStarted,
    SyncWaiting,
    TickSkipped,
)
from libs.common.contracts.heartbeats import SERVICE_ENDED, Beat
from services.gateway.views.error_lines import record_name
from services.gateway.views.field_changes import describe_change

logger = logging.getLogger(__name__)

LogLine = tuple[int, str, dict[str, Any]]

_COMMAND_TEXTS: dict[type, str] = {
    StartSync: "sync requested",
    FetchRecords: "record requested",
    ResumeSync: "resume requested",
    CancelSync: "cancel requested",
    ResumeLoading: "resume of loading requested",
    ApproveRemovals: "removals approved",
    DiscardRemovals: "removals discarded",
    EraseRecord: "erasure requested",
}
_OUTCOME_TEXTS = {
    Outcome.COMPLETED: (logging.INFO, "all pages fetched"),
    Outcome.FAILED: (logging.ERROR, "sync failed"),
    Outcome.CANCELLED: (logging.WARNING, "sync cancelled"),
    Outcome.NOT_FOUND: (logging.WARNING, "HEMIS does not know this person"),
    Outcome.MISMATCH: (logging.WARNING, "the identifiers name different people"),
}


class EventLogger:
    """Logs events; remembers how many records each running sync had."""

    def __init__(self) -> None:
        self._fetched: dict[str, int] = {}

    def log(self, event: Event) -> None:
        line = (
            self._fetching_line(event)
            or _problem_line(event)
            or _decision_line(event)
            or _erasure_line(event)
            or _end_line(event)
        )
        if line is not None:
            _log(event, line)
        if isinstance(event, SyncFinished):
            self._fetched.pop(event.sync_id, None)

    def _fetching_line(self, event: Event) -> LogLine | None:
        match event:
            case SyncStarted():
                extras = {"attempt": event.attempt, "trigger": event.trigger, "kind": event.kind}
                return logging.INFO, "sync started", extras
            case PageFetched():
                text = f"page {event.page}/{event.page_count} fetched"
                return logging.INFO, text, {"records": self._new_records(event)}
            case SyncWaiting():
                return logging.WARNING, f"waiting {event.seconds:.0f} s: {event.reason}", {}
            case _:
                return None

    def _new_records(self, event: PageFetched) -> int:
        before = self._fetched.get(event.sync_id, 0)
        self._fetched[event.sync_id] = event.fetched
        return max(0, event.fetched - before)


def log_command(command: Command) -> None:
    if type(command) in _COMMAND_TEXTS:
        by = {"by": command.requested_by} if command.requested_by else {}
        _log(command, (logging.INFO, _COMMAND_TEXTS[type(command)], by))


def log_service_end(beat: Beat) -> None:
    """Log why a service ended by itself; it reports that again at each failed start."""
    for finding in beat.findings:
        if finding.code == SERVICE_ENDED:
            logger.error("HEMIS %s", finding.detail, extra={"instance": beat.instance})


def _log(message: Command | Event, line: LogLine) -> None:
    level, text, extras = line
    extras = extras | {"sync": message.sync_id}
    logger.log(level, "HEMIS %s %s", message.resource, text, extra=extras)


def _problem_line(event: Event) -> LogLine | None:
    match event:
        case PageFailed():
            return logging.ERROR, f"page {event.page} failed: {event.reason}", {"code": event.code}
        case RecordRejected():
            text = f"{record_name(event)} rejected: {event.reason}"
            return logging.ERROR, text, {"code": event.code, "dead_letter": event.dead_letter_id}
        case SourceDrifted():
            return logging.WARNING, f"fields {describe_change(event)}", {}
        case SyncRefused():
            return logging.WARNING, f"sync refused: {event.reason}", {}
        case TickSkipped():
            return logging.WARNING, f"tick skipped: {event.reason}", {"tick": event.tick_at}
        case _:
            return None


def _decision_line(event: Event) -> LogLine | None:
    match event:
        case LoadingPaused():
            text = f"loading is paused: {event.rejected} of {event.records} records were rejected"
            return logging.ERROR, text, {"limit_percent": event.limit_percent}
        case LoadingResumed():
            return logging.INFO, "loading resumed by request", {}
        case AlertRaised():
            return logging.ERROR, f"alert: {event.alert}: {event.detail}", {}
        case AlertCleared():
            return logging.INFO, f"alert is over: {event.alert}", {}
        case RemovalsCounted():
            level = logging.WARNING if event.state is RemovalState.HELD else logging.INFO
            names = ("missing", "vacated", "removed", "undecided")
            extras: dict[str, Any] = {name: getattr(event, name) for name in names}
            return level, f"rows not seen: {event.state}", extras
        case _:
            return None


def _erasure_line(event: Event) -> LogLine | None:
    match event:
        case RecordErased():
            extras = {"records": event.records, "by": event.requested_by}
            return logging.WARNING, "one person erased from the topics", extras
        case ErasureLoaded() if event.reason:
            return logging.WARNING, f"one person not erased from the tables: {event.reason}", {}
        case ErasureLoaded():
            return logging.WARNING, "one person erased from the tables", {}
        case ErasureRefused():
            return logging.WARNING, f"nobody erased: {event.reason}", {}
        case _:
            return None


def _end_line(event: Event) -> LogLine | None:
    match event:
        case SyncFetched():
            level, text = _OUTCOME_TEXTS[event.outcome]
            if event.suppressed and event.outcome is Outcome.NOT_FOUND:
                text = "record left out"
            extras: dict[str, Any] = {"fetched": event.fetched, "distinct": event.distinct}
            return level, text, extras | ({"reason": event.reason} if event.reason else {})
        case SyncFinished():
            names = ("complete", "distinct", "inserted", "updated", "unchanged", "rejected")
            extras = {name: getattr(event, name) for name in (*names, "missing")}
            return logging.INFO, "sync completed", extras
        case _:
            return None

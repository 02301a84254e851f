"""One log line per change of state and per page, so that ``grep HEMIS`` shows a whole sync."""

import logging
from collections.abc import Callable, Mapping
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
        if isinstance(event, PageFetched):
            text = f"page {event.page}/{event.page_count} fetched"
            _log(event, (logging.INFO, text, {"records": self._new_records(event)}))
        elif type(event) in _LINES:
            _log(event, _LINES[type(event)](event))
        if isinstance(event, SyncFinished):
            self._fetched.pop(event.sync_id, None)

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


def _rejected(event: RecordRejected) -> LogLine:
    extras = {"code": event.code, "dead_letter": event.dead_letter_id}
    return logging.ERROR, f"{record_name(event)} rejected: {event.reason}", extras


def _removals_counted(event: RemovalsCounted) -> LogLine:
    level = logging.WARNING if event.state is RemovalState.HELD else logging.INFO
    extras = _fields(event, "missing", "vacated", "removed", "undecided")
    return level, f"rows not seen: {event.state}", extras


def _erasure_loaded(event: ErasureLoaded) -> LogLine:
    if event.reason:
        return logging.WARNING, f"one person not erased from the tables: {event.reason}", {}
    return logging.WARNING, "one person erased from the tables", {}


def _fetched(event: SyncFetched) -> LogLine:
    level, text = _OUTCOME_TEXTS[event.outcome]
    if event.suppressed and event.outcome is Outcome.NOT_FOUND:
        text = "record left out"
    extras = _fields(event, "fetched", "distinct")
    return level, text, extras | ({"reason": event.reason} if event.reason else {})


def _finished(event: SyncFinished) -> LogLine:
    counts = ("distinct", "inserted", "updated", "unchanged", "rejected", "missing")
    return logging.INFO, "sync completed", _fields(event, "complete", *counts)


def _paused(event: LoadingPaused) -> LogLine:
    text = f"loading is paused: {event.rejected} of {event.records} records were rejected"
    return logging.ERROR, text, {"limit_percent": event.limit_percent}


def _fields(event: Event, *names: str) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names}


_LINES: Mapping[type, Callable[[Any], LogLine]] = {
    SyncStarted: lambda event: (
        logging.INFO, "sync started", _fields(event, "attempt", "trigger", "kind"),
    ),
    SyncWaiting: lambda event: (
        logging.WARNING, f"waiting {event.seconds:.0f} s: {event.reason}", {},
    ),
    SyncFetched: _fetched,
    SyncFinished: _finished,
    SyncRefused: lambda event: (logging.WARNING, f"sync refused: {event.reason}", {}),
    PageFailed: lambda event: (
        logging.ERROR, f"page {event.page} failed: {event.reason}", {"code": event.code},
    ),
    RecordRejected: _rejected,
    SourceDrifted: lambda event: (logging.WARNING, f"fields {describe_change(event)}", {}),
    TickSkipped: lambda event: (
        logging.WARNING, f"tick skipped: {event.reason}", {"tick": event.tick_at},
    ),
    LoadingPaused: _paused,
    LoadingResumed: lambda _: (logging.INFO, "loading resumed by request", {}),
    RemovalsCounted: _removals_counted,
    AlertRaised: lambda event: (logging.ERROR, f"alert: {event.alert}: {event.detail}", {}),
    AlertCleared: lambda event: (logging.INFO, f"alert is over: {event.alert}", {}),
    RecordErased: lambda event: (
        logging.WARNING,
        "one person erased from the topics",
        {"records": event.records, "by": event.requested_by},
    ),
    ErasureLoaded: _erasure_loaded,
    ErasureRefused: lambda event: (logging.WARNING, f"nobody erased: {event.reason}", {}),
}  # fmt: skip

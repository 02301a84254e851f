"""What the loader knows of one sync from the progress topic. Pure."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from libs.common.contracts.commands import RESUMABLE_MS
from libs.common.contracts.enums import FieldChange, Outcome, RemovalState
from libs.common.contracts.events import (
    Event,
    LoadingPaused,
    LoadingResumed,
    MissingConfirmed,
    PageFetched,
    RecordsLoaded,
    RemovalsCounted,
    SourceDrifted,
    SyncFetched,
    SyncFinished,
    SyncStarted,
)
from libs.common.kafka.ports import Record

FOLDED = (
    *(SyncStarted, PageFetched, SyncFetched, RecordsLoaded, LoadingPaused, LoadingResumed),
    *(SourceDrifted, SyncFinished, MissingConfirmed, RemovalsCounted),
)
"""The events that a loader needs; it skips all others."""
OPEN_REMOVALS = (RemovalState.HELD, RemovalState.ASKING)


class OffsetFingerprint(NamedTuple):
    """An offset and the fingerprint of its message; they differ in a recreated topic."""

    offset: int
    fingerprint: str


class ReadPosition(NamedTuple):
    """From which offset the next start reads a topic, and the last message that was read."""

    next_offset: int
    last: OffsetFingerprint


def offset_fingerprint(record: Record) -> OffsetFingerprint:
    digest = sha256((record.key or b"") + b"\0" + (record.value or b""))
    return OffsetFingerprint(record.offset, digest.hexdigest()[:32])


@dataclass(slots=True)
class SyncFacts:
    """The events of one sync, folded; their order and repetition change nothing."""

    started: SyncStarted | None = None
    started_at: int = 0
    fetched: dict[int, SyncFetched] = field(default_factory=dict)
    page: PageFetched | None = None
    """The newest page."""
    paused: LoadingPaused | None = None
    resumed: LoadingResumed | None = None
    loaded: RecordsLoaded | None = None
    finished: SyncFinished | None = None
    answers: list[MissingConfirmed] = field(default_factory=list)
    """Not handled yet; handling one twice is harmless."""
    removals: RemovalsCounted | None = None
    unknown_fields: set[str] = field(default_factory=set)
    """Names of unknown fields that were published."""
    newest_at: int = 0
    """When its newest event was published, in unix milliseconds."""
    first_offset: int = field(default=0, compare=False)
    """Offset of its first event."""
    folded: int = field(default=0, compare=False)
    """Number of its events."""
    closed_attempt: int | None = None
    """The attempt whose end is in the tables, or can never be."""
    is_unstorable: bool = False

    def fold(self, event: Event) -> None:
        self.folded += 1
        self.newest_at = max(self.newest_at, event.at)
        match event:
            case SyncStarted():
                self.started_at = min(self.started_at or event.at, event.at)
                if self.started is None or event.attempt > self.started.attempt:
                    self.started = event
            case PageFetched():
                if self.page is None or _fetch_order(event) > _fetch_order(self.page):
                    self.page = event
            case SyncFetched():
                self.fetched.setdefault(event.attempt, event)
            case _:
                self._fold_loading(event)

    def _fold_loading(self, event: Event) -> None:
        match event:
            case RecordsLoaded():
                if self.loaded is None or _order(event) > _order(self.loaded):
                    self.loaded = event
            case LoadingPaused():
                self.paused = self.paused or event
            case LoadingResumed():
                self.resumed = self.resumed or event
            case SourceDrifted(change=FieldChange.UNKNOWN):
                self.unknown_fields |= set(event.fields)
            case SyncFinished():
                self.finished = self.finished or event
            case _:
                self._fold_removals(event)

    def _fold_removals(self, event: Event) -> None:
        match event:
            case MissingConfirmed():
                self.answers.append(event)
            case RemovalsCounted():
                if self.removals is None or _order(event) > _order(self.removals):
                    self.removals = event
            case _:
                pass

    @property
    def decision(self) -> SyncFetched | None:
        """How fetching ended in the current attempt; None until then."""
        return self.fetched.get(self.started.attempt) if self.started else None

    @property
    def waits_for_removals(self) -> bool:
        """Tell whether answers are not handled yet, or rows not removed yet."""
        held = self.removals is not None and self.removals.state in OPEN_REMOVALS
        return held or bool(self.answers)

    @property
    def is_unfetched(self) -> bool:
        """Tell whether fetching began and has not ended."""
        return self.started is not None and self.decision is None and self.finished is None

    def may_continue(self, now: int) -> bool:
        """Tell whether the next start has to read this sync again; ``now`` is in milliseconds.

        It need not if only its end was published again, or if the fetcher lost it: it had no event
        for a day, and so can no longer be resumed.
        """
        if self.waits_for_removals:
            return True
        is_lost = self.is_unfetched and now - self.newest_at >= RESUMABLE_MS
        return self.started is not None and not is_lost

    @property
    def sync_id(self) -> str:
        """Return the id; the sync must have begun."""
        assert self.started is not None  # noqa: S101 — the callers looked
        return self.started.sync_id

    @property
    def last_attempt(self) -> int:
        """Return the attempt whose end the tables should hold; 0 if none has begun."""
        last = self.finished or self.started
        return last.attempt if last else 0

    @property
    def is_closed(self) -> bool:
        return self.started is not None and self.closed_attempt == self.started.attempt

    def close(self, *, is_unstorable: bool = False) -> None:
        """Note that the end of the current attempt was written, or can never be."""
        self.closed_attempt = self.started.attempt if self.started else None
        self.is_unstorable = is_unstorable

    @property
    def is_failed(self) -> bool:
        """Tell whether fetching failed or was cancelled."""
        return self.decision is not None and self.decision.outcome is not Outcome.COMPLETED

    @property
    def failed_without_records(self) -> bool:
        """Tell whether it failed or was cancelled before it published a record."""
        ends = self.decision.end_offsets if self.decision else {}
        return self.is_failed and self.loaded is None and not ends

    @property
    def newest_counts(self) -> SyncFetched | PageFetched | None:
        """The fetcher's newest counts: records at the source, and records without a usable id."""
        return self.decision or self.page

    def ended_before(self, database_epoch: int) -> bool:
        """Tell whether the topic alone says how it ended: it is reported, or failed uncounted.

        A failed sync is uncounted if its totals are of another database, which was lost.
        """
        if self.finished is not None or self.failed_without_records:
            return True
        loaded = self.loaded
        return self.is_failed and loaded is not None and loaded.database_epoch != database_epoch

    def shows(self, epoch: int, revision: int) -> bool:
        """Tell whether the topic has these totals or newer ones."""
        return self.loaded is not None and _order(self.loaded) >= (epoch, revision)


def _fetch_order(event: PageFetched) -> tuple[int, int, int]:
    return event.attempt, event.fetched, event.at


def _order(event: RecordsLoaded | RemovalsCounted) -> tuple[int, int]:
    return event.database_epoch, event.revision

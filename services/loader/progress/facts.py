"""What the progress topic says of one sync, as far as the loader must know. Pure."""

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
"""The events that a loader needs; it keeps nothing of all others."""
_OPEN = (RemovalState.HELD, RemovalState.ASKING)


class Mark(NamedTuple):
    """An offset and the fingerprint of its message; a recreated topic has another one there."""

    offset: int
    message: str


class Followed(NamedTuple):
    """How far a topic was read, and from which offset the next start reads."""

    next_offset: int
    last: Mark


def mark_of(record: Record) -> Mark:
    digest = sha256((record.key or b"") + b"\0" + (record.value or b""))
    return Mark(record.offset, digest.hexdigest()[:32])


@dataclass(slots=True)
class SyncFacts:
    """The events of one sync; order and repetition change nothing."""

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
    """Not worked off yet; one that comes twice finds nothing to do."""
    removals: RemovalsCounted | None = None
    drifted: set[str] = field(default_factory=set)
    """Unknown fields that were reported."""
    heard_at: int = 0
    """Time of its newest event, in unix milliseconds."""
    first: int = field(default=0, compare=False)
    """Offset of its first event."""
    folded: int = field(default=0, compare=False)
    """Number of its events."""
    closed_attempt: int | None = None
    """The attempt whose end was written, or can never be."""
    is_unstorable: bool = False

    def fold(self, event: Event) -> None:
        self.folded += 1
        self.heard_at = max(self.heard_at, event.at)
        match event:
            case SyncStarted():
                self.started_at = min(self.started_at or event.at, event.at)
                if self.started is None or event.attempt > self.started.attempt:
                    self.started = event
            case PageFetched():
                if self.page is None or _place(event) > _place(self.page):
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
                self.drifted |= set(event.fields)
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
        """How fetching ended in the present attempt; None while it goes on."""
        return self.fetched.get(self.started.attempt) if self.started else None

    @property
    def waits_for_removals(self) -> bool:
        """Tell whether answers wait to be handled, or rows to be removed."""
        held = self.removals is not None and self.removals.state in _OPEN
        return held or bool(self.answers)

    @property
    def is_unfetched(self) -> bool:
        """Tell whether fetching began and has not ended."""
        return self.started is not None and self.decision is None and self.finished is None

    def may_go_on(self, now: int) -> bool:
        """Tell whether a starting loader has to read it again.

        It need not if only its end was published again, or if the fetcher lost it: nothing was
        heard of it for a day, the time in which a sync can be resumed.
        """
        if self.waits_for_removals:
            return True
        is_lost = self.is_unfetched and now - self.heard_at >= RESUMABLE_MS
        return self.started is not None and not is_lost

    @property
    def sync_id(self) -> str:
        """Return the id of one that has begun."""
        assert self.started is not None  # noqa: S101 — the callers looked
        return self.started.sync_id

    @property
    def last_attempt(self) -> int:
        """Return the attempt whose end the tables should show; 0 if none has begun."""
        last = self.finished or self.started
        return last.attempt if last else 0

    @property
    def is_closed(self) -> bool:
        return self.started is not None and self.closed_attempt == self.started.attempt

    def close(self, *, is_unstorable: bool = False) -> None:
        """Note that the end of the present attempt was written, or that it never can be."""
        self.closed_attempt = self.started.attempt if self.started else None
        self.is_unstorable = is_unstorable

    @property
    def brought_nothing(self) -> bool:
        """Tell whether it ended, not completed, before it brought a record."""
        decision = self.decision
        over = decision is not None and decision.outcome is not Outcome.COMPLETED
        return over and self.loaded is None and not (decision and decision.end_offsets)

    @property
    def newest_counts(self) -> SyncFetched | PageFetched | None:
        """The fetcher's newest word on how much there is, and how much of it has no usable id."""
        return self.decision or self.page

    def ended_before(self, database_epoch: int) -> bool:
        """Tell whether the topic has the last word: reported, or failed with nothing to count.

        One whose totals name another database was counted in one that is lost.
        """
        if self.finished is not None or self.brought_nothing:
            return True
        decision = self.decision
        failed = decision is not None and decision.outcome is not Outcome.COMPLETED
        return failed and self.loaded is not None and self.loaded.database_epoch != database_epoch

    def shows(self, epoch: int, revision: int) -> bool:
        """Tell whether the topic holds these totals or newer ones."""
        return self.loaded is not None and _order(self.loaded) >= (epoch, revision)


def _place(event: PageFetched) -> tuple[int, int, int]:
    return event.attempt, event.fetched, event.at


def _order(event: RecordsLoaded | RemovalsCounted) -> tuple[int, int]:
    return event.database_epoch, event.revision

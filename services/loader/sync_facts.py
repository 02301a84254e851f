"""What the progress topic says of one sync, as far as the loader must know. Pure."""

from dataclasses import dataclass, field

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
from libs.common.contracts.words import FieldChange, Outcome


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

    def fold(self, event: Event) -> None:
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
    def newest_counts(self) -> SyncFetched | PageFetched | None:
        """The fetcher's newest word on how much there is, and how much of it has no usable id."""
        return self.decision or self.page

    def ended_before(self, database_epoch: int) -> bool:
        """Tell whether the topic has the last word: reported, or failed and counted elsewhere.

        A failed sync whose totals name another database was counted in one that is lost.
        """
        if self.finished is not None:
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

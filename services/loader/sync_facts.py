"""What the progress topic says of one sync, as far as the loader must know. Pure."""

from dataclasses import dataclass, field

from libs.common.contracts.events import (
    Event,
    RecordsLoaded,
    SyncFetched,
    SyncFinished,
    SyncStarted,
)
from libs.common.contracts.words import Outcome


@dataclass(slots=True)
class SyncFacts:
    """The events of one sync; order and repetition change nothing."""

    started: SyncStarted | None = None
    started_at: int = 0
    fetched: dict[int, SyncFetched] = field(default_factory=dict)
    loaded: RecordsLoaded | None = None
    finished: SyncFinished | None = None

    def fold(self, event: Event) -> None:
        match event:
            case SyncStarted():
                self.started_at = min(self.started_at or event.at, event.at)
                if self.started is None or event.attempt > self.started.attempt:
                    self.started = event
            case SyncFetched():
                self.fetched.setdefault(event.attempt, event)
            case RecordsLoaded():
                if self.loaded is None or _order(event) > _order(self.loaded):
                    self.loaded = event
            case SyncFinished():
                self.finished = self.finished or event
            case _:
                pass

    @property
    def decision(self) -> SyncFetched | None:
        """How fetching ended in the present attempt; None while it goes on."""
        return self.fetched.get(self.started.attempt) if self.started else None

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


def _order(event: RecordsLoaded) -> tuple[int, int]:
    return event.database_epoch, event.revision

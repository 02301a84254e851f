"""Which rows a sync gives reason to ask for, and how many are too many. Pure."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from libs.common.contracts.enums import Kind, Mode, RemovalState
from libs.common.contracts.events import SyncFinished
from libs.common.contracts.sync_counts import SyncCounts
from services.loader.progress.facts import SyncFacts

Policy = Literal["keep", "mark", "delete"]


class Unseen(NamedTuple):
    """How many rows a sync did not see, and how many there are in all."""

    missing: int
    """Of people it did not see."""
    vacated: int
    """Positions of people it saw."""
    present: int


NOTHING = Unseen(0, 0, 0)


@dataclass(frozen=True, slots=True)
class RemovalRules:
    """The settings: what becomes of rows no longer at the source."""

    policy: Policy
    limit_percent: float

    def allowed(self, unseen: Unseen) -> int:
        return int(unseen.present * self.limit_percent // 100)

    def first_state(self, unseen: Unseen) -> RemovalState:
        """Hold what is beyond the limit; vacated positions are none of its business."""
        too_many = unseen.missing * 100 > self.limit_percent * unseen.present
        return RemovalState.HELD if too_many else RemovalState.ASKING


def saw_everything(
    facts: SyncFacts, report: SyncFinished, counts: SyncCounts, *, all_there: bool
) -> bool:
    """Tell whether what this sync did not see gives reason to ask; a rejected record was seen.

    ``counts`` are of the keys that the database remembers: fewer than the fetcher saw, and rows
    would be taken for unseen whose records came before a database was lost.
    """
    started, decision = facts.started, facts.decision
    if started is None or decision is None or not all_there:
        return False
    # False where HEMIS's counts agree and yet something may have slipped by.
    sure = decision.complete is not False
    whole = started.kind is Kind.FULL and started.mode is Mode.FULL
    remembers_all = counts.total + decision.rejected >= decision.distinct
    return sure and whole and remembers_all and not (report.missing or report.failed_pages)

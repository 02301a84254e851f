"""Which syncs may remove rows, and how many rows without a person's approval. Pure."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from libs.common.contracts.enums import Kind, Mode, RemovalState
from libs.common.contracts.events import SyncFinished
from libs.common.contracts.sums import SyncCounts
from services.loader.progress.facts import SyncFacts

Policy = Literal["keep", "mark", "delete"]


class UnseenCounts(NamedTuple):
    """How many rows a sync did not see, and how many rows there are."""

    missing: int
    """Rows of people that it did not see."""
    vacated: int
    """Positions that it did not see, of people that it saw."""
    present: int


NONE_UNSEEN = UnseenCounts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class RemovalRules:
    """The settings for rows that are no longer at the source."""

    policy: Policy
    limit_percent: float

    def allowed(self, unseen: UnseenCounts) -> int:
        return int(unseen.present * self.limit_percent // 100)

    def first_state(self, unseen: UnseenCounts) -> RemovalState:
        """Hold removals beyond the limit; vacated positions do not count against it."""
        too_many = unseen.missing * 100 > self.limit_percent * unseen.present
        return RemovalState.HELD if too_many else RemovalState.ASKING


def saw_everything(
    facts: SyncFacts, report: SyncFinished, counts: SyncCounts, *, all_loaded: bool
) -> bool:
    """Tell whether the rows that this sync did not see may be missing from HEMIS.

    A rejected record counts as seen. ``counts`` are of the keys that the database remembers. They
    are fewer than the fetcher saw if the database was lost meanwhile, and then nothing is asked.
    """
    started, decision = facts.started, facts.decision
    if started is None or decision is None or not all_loaded:
        return False
    # ``complete`` is False if a record may have been missed although HEMIS's counts agree.
    is_proven = decision.complete is not False
    is_full = started.kind is Kind.FULL and started.mode is Mode.FULL
    remembers_all = counts.total + decision.rejected >= decision.distinct
    return is_proven and is_full and remembers_all and not (report.missing or report.failed_pages)

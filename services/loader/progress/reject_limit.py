"""The limit of rejected records in one sync. Pure."""

from dataclasses import dataclass

from libs.common.contracts.sums import SyncCounts
from services.loader.progress.facts import SyncFacts

# A few bad records say nothing about the others, whatever their share.
ALWAYS_ALLOWED = 20


@dataclass(frozen=True, slots=True)
class Rejects:
    """How many records of a sync were rejected, of how many."""

    rejected: int
    records: int


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """The limit is a percentage of HEMIS's total, so the order of records does not matter."""

    percent: float

    def exceeded_by(self, facts: SyncFacts, counts: SyncCounts | None) -> Rejects | None:
        """Return the rejects of an open sync beyond the limit; None if a person has resumed it."""
        source = facts.newest_counts
        if source is None or facts.finished is not None or facts.resumed is not None:
            return None
        loaded = counts or SyncCounts()
        rejected = loaded.rejected + source.rejected
        records = max(source.source_total, loaded.total + source.rejected)
        too_many = rejected > ALWAYS_ALLOWED and rejected * 100 > self.percent * records
        return Rejects(rejected, records) if too_many else None

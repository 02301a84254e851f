"""How many rejected records are too many in one sync. Pure."""

from dataclasses import dataclass

from libs.common.contracts.sync_counts import SyncCounts
from services.loader.progress.facts import SyncFacts

# A handful of bad records says nothing about the others, whatever their share.
ALWAYS_ALLOWED = 20


@dataclass(frozen=True, slots=True)
class Rejects:
    """Of so many records of a sync so many were rejected."""

    rejected: int
    records: int


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """``percent`` of what HEMIS says it has, so that the order of the records cannot matter."""

    percent: float

    def exceeded_by(self, facts: SyncFacts, counts: SyncCounts | None) -> Rejects | None:
        """Judge an open sync; None while it is within the limit, or a person lets it go on."""
        source = facts.newest_counts
        if source is None or facts.finished is not None or facts.resumed is not None:
            return None
        loaded = counts or SyncCounts()
        rejected = loaded.rejected + source.rejected
        records = max(source.source_total, loaded.total + source.rejected)
        too_many = rejected > ALWAYS_ALLOWED and rejected * 100 > self.percent * records
        return Rejects(rejected, records) if too_many else None

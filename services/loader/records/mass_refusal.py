"""Tells a wrong constraint from bad records: it refuses most of a batch in the same way. Pure."""

from collections import Counter
from collections.abc import Sequence

from services.loader.errors import DatabaseFault, RecordRefused
from services.loader.records.incoming import IncomingRecord

SAMPLED_RECORDS = 20

_ADVICE = (
    "correct that constraint, trigger or column; the batch is kept and tried again, and nothing of"
    " it was dead-lettered"
)


def sample(records: Sequence[IncomingRecord]) -> list[IncomingRecord]:
    """Pick 20 records at equal distances; none from a batch that has fewer."""
    loadable = [record for record in records if record.refused is None]
    if len(loadable) < SAMPLED_RECORDS:
        return []
    return [loadable[n * len(loadable) // SAMPLED_RECORDS] for n in range(SAMPLED_RECORDS)]


def fault_of(refusals: Sequence[RecordRefused]) -> DatabaseFault | None:
    """Return a fault if more than half of the sample was refused with one SQLSTATE."""
    counted = Counter(refused.sqlstate for refused in refusals)
    state, count = counted.most_common(1)[0] if counted else ("", 0)
    if 2 * count <= SAMPLED_RECORDS:
        return None
    reasons = Counter(refused.reason for refused in refusals if refused.sqlstate == state)
    detail = (
        f"PostgreSQL refuses {count} of {SAMPLED_RECORDS} sampled records of a batch in the same"
        f" way: {reasons.most_common(1)[0][0]}"
    )
    return DatabaseFault("records_refused_alike", detail, _ADVICE)

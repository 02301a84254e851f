"""When PostgreSQL refuses most of a batch with the same code, it is not the records. Pure."""

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
    """Take records from the whole batch at equal distances; none where it is too small to tell."""
    loadable = [record for record in records if record.refused is None]
    if len(loadable) < SAMPLED_RECORDS:
        return []
    return [loadable[n * len(loadable) // SAMPLED_RECORDS] for n in range(SAMPLED_RECORDS)]


def fault_of(refusals: Sequence[RecordRefused]) -> DatabaseFault | None:
    """Judge what was refused of a sample: more than half of it with one SQLSTATE is a fault."""
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

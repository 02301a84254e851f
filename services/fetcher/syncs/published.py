"""What was published, and where the log ends after it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from libs.common.contracts.checkpoints import LastRecord


@dataclass(frozen=True, slots=True)
class Published:
    """The records of one answer that Kafka has acknowledged, and those that it did not get."""

    keys: tuple[str, ...] = ()
    hemis_ids: frozenset[int] = frozenset()
    rejected: tuple[str, ...] = ()
    """Ids of the dead letters; the key of a record that is too large for Kafka."""
    offsets: tuple[tuple[str, int], ...] = ()
    """Partition and offset of each record."""
    last_records: dict[str, LastRecord] = field(default_factory=dict)
    """By partition."""
    suppressed: tuple[str, ...] = ()
    """Keys of erased people, whose records were left out."""


def end_offsets(known: dict[str, int], positions: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the end offset of each partition after these records."""
    ends = dict(known)
    for partition, offset in positions:
        ends[partition] = max(ends.get(partition, 0), offset + 1)
    return ends

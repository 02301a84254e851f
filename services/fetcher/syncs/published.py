"""What a page has put on Kafka: values, and the ends of the log after it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from libs.common.contracts.checkpoints import LastRecord


@dataclass(frozen=True, slots=True)
class Published:
    """What stands in Kafka now, acknowledged."""

    keys: tuple[str, ...] = ()
    hemis_ids: frozenset[int] = frozenset()
    buried: tuple[str, ...] = ()
    """Ids of the dead letters; of a record too large for Kafka its key."""
    offsets: tuple[tuple[str, int], ...] = ()
    """Partition and offset of each record."""
    last_records: dict[str, LastRecord] = field(default_factory=dict)
    """By partition."""
    suppressed: tuple[str, ...] = ()
    """Keys of those that were left out."""


def end_offsets(known: dict[str, int], places: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the ends after these records: per partition, the offset after the last one."""
    ends = dict(known)
    for partition, offset in places:
        ends[partition] = max(ends.get(partition, 0), offset + 1)
    return ends

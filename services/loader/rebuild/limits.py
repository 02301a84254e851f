"""The offset up to which each partition is merged, and its new offset row. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from libs.common.kafka.ports import Partition
from services.loader.rebuild.readers.protocol import PartitionRead
from services.loader.store.offsets import OffsetRow


@dataclass(frozen=True, slots=True)
class MergeLimit:
    """Records before ``offset`` are merged; a later record only protects its key from deletion."""

    partition: Partition
    offset: int
    is_same_log: bool
    """The log is the one that was loaded, so rows that it lacks may be deleted."""
    new_row: PartitionRead | None
    """What the offset row becomes; None: it stays."""


def merge_limit(row: OffsetRow, read: PartitionRead) -> MergeLimit:
    if row.last_record is not None:
        # A loader that rereads the partition has not shown yet that the log is the same.
        is_rereading = row.reread_until is not None
        if is_rereading or read.is_same_log:
            return MergeLimit(read.partition, row.next_offset, not is_rereading, new_row=None)
    is_empty = read.last_record is None and row.last_record is None
    return MergeLimit(read.partition, read.next_offset, is_empty, new_row=read)


def may_delete_missing(limits: Collection[MergeLimit]) -> bool:
    """Tell whether rows that the log lacks may be deleted: any were loaded, all from this log."""
    return all(limit.is_same_log for limit in limits) and any(
        limit.new_row is None for limit in limits
    )

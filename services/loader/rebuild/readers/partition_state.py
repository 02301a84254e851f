"""What is known of a partition while it is read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.kafka.ports import Partition
from services.loader.rebuild.readers.protocol import PartitionRead
from services.loader.records.incoming import IncomingRecord


@dataclass
class PartitionState:
    """Follows a partition's records in order, until the first one of an open sync."""

    partition: Partition
    position: int
    open_syncs: frozenset[str]
    is_same_log: bool = field(kw_only=True)
    _has_open_sync: bool = field(init=False, default=False)
    _newest: datetime | None = field(init=False, default=None)
    _last_record: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._next_offset = self.position

    def add(self, records: Sequence[IncomingRecord]) -> None:
        """Take the next records of the partition."""
        self.position = records[-1].offset + 1
        if not self._has_open_sync and (countable := self._before_open_sync(records)):
            self._next_offset = countable[-1].offset + 1
            self._last_record = countable[-1].fingerprint
            times = (r.fetched_at for r in countable if r.refused is None)
            self._newest = max(filter(None, (self._newest, *times)), default=None)

    def _before_open_sync(self, records: Sequence[IncomingRecord]) -> Sequence[IncomingRecord]:
        if not self.open_syncs:
            return records
        found = next((i for i, r in enumerate(records) if r.sync_id in self.open_syncs), None)
        self._has_open_sync = found is not None
        return records[:found]

    def result(self) -> PartitionRead:
        return PartitionRead(
            partition=self.partition,
            position=self.position,
            is_same_log=self.is_same_log,
            next_offset=self._next_offset,
            newest=self._newest,
            last_record=self._last_record,
        )

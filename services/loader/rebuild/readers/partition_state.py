"""What is known of a partition while it is read. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.loader.rebuild.readers.protocol import Last, Reading, Task
from services.loader.records.incoming import IncomingRecord


class PartitionState:
    """Passes a partition's records in their order."""

    def __init__(self, task: Task, counted: frozenset[str], position: int) -> None:
        self._task = task
        self._last = task.last
        self._counted = counted
        self._stands: bool | None = None
        self._is_counting = False
        self._next_offset = position
        self._newest: datetime | None = None
        self._last_record: str | None = None
        self.position = position

    def passes(self, records: Sequence[IncomingRecord]) -> None:
        if self._last is not None and self._stands is None:
            self._stands = _stands(self._last, records)
        if not self._is_counting:
            self._take_along(records)

    def _take_along(self, records: Sequence[IncomingRecord]) -> None:
        if self._counted:
            ours = [r.offset for r in records if r.sync_id in self._counted]
            if ours:
                self._is_counting = True
                records = [r for r in records if r.offset < ours[0]]
        if records:
            self._next_offset = records[-1].offset + 1
            self._last_record = records[-1].fingerprint
            newest = max((r.fetched_at for r in records if r.refused is None), default=None)
            if newest is not None:
                self._newest = max(newest, self._newest or newest)

    def reading(self) -> Reading:
        return Reading(
            topic=self._task.topic,
            partition=self._task.partition,
            position=self.position,
            stands=self._still_stands(),
            next_offset=self._next_offset,
            newest=self._newest,
            last_record=self._last_record,
        )

    def _still_stands(self) -> bool:
        if self._stands is None and self._last is not None:
            # Nothing came from there on: compacted away, or the log ends before it.
            return self.position > self._last.offset
        return self._stands is not False


def _stands(last: Last, records: Sequence[IncomingRecord]) -> bool | None:
    """Tell whether the log still is the one that was loaded; None: not seen yet."""
    found = next((r for r in records if r.offset >= last.offset), None)
    if found is None:
        return None
    if found.offset == last.offset:
        return found.fingerprint == last.record
    # The last one was compacted away: what follows it cannot be older.
    return last.newest is None or found.fetched_at >= last.newest

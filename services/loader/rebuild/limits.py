"""Up to where each partition is merged, and what its offset row becomes. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from libs.common.kafka.ports import Partition
from services.loader.rebuild.readers.protocol import Last, Reading
from services.loader.store.offsets import OffsetRow


@dataclass(frozen=True, slots=True)
class Limit:
    """Records before ``offset`` are merged, a later one only protects its key from deletion."""

    partition: Partition
    offset: int
    is_proof: bool
    """Whether what the log does not have may be deleted."""
    taken_along: Reading | None
    """What the offset row becomes; None: it stays."""


def last_of(row: OffsetRow | None) -> Last | None:
    """Return the record whose standing proves that the log is the one that was loaded."""
    if row is None or row.last_record is None:
        return None
    return Last(row.next_offset - 1, row.last_record, row.newest)


def limits(rows: Mapping[Partition, OffsetRow], readings: Collection[Reading]) -> list[Limit]:
    return [_limit(rows[reading.place], reading) for reading in readings]


def _limit(row: OffsetRow, reading: Reading) -> Limit:
    place = reading.place
    if row.reread_until is not None and row.last_record is not None:
        # A loader is reading this partition from its beginning: it has proved nothing yet.
        return Limit(place, row.next_offset, is_proof=False, taken_along=None)
    if row.last_record is not None and reading.stands:
        return Limit(place, row.next_offset, is_proof=True, taken_along=None)
    is_empty = reading.last_record is None and row.last_record is None
    return Limit(place, reading.next_offset, is_proof=is_empty, taken_along=reading)

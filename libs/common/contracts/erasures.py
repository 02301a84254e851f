"""What became of a wish to erase one person."""

from libs.common.contracts.bounds import Count, HemisId
from libs.common.contracts.event import SyncEvent


class RecordErased(SyncEvent, frozen=True, kw_only=True):
    """One person's tombstones are in Kafka, and no sync brings the person back.

    ``sync_id`` names the erasure. The loader reports on the tables: ``ErasureLoaded``.
    """

    hemis_id: HemisId
    records: Count
    """Keys that got a tombstone."""
    requested_by: str | None = None
    """Name of the API key."""
    loader_confirms: bool = False
    """False in events of earlier versions, whose loaders publish no ``ErasureLoaded``."""


class ErasureLoaded(SyncEvent, frozen=True, kw_only=True):
    """The loader has deleted the person's rows, or says why it could not; it tries again.

    ``sync_id`` names the erasure.
    """

    reason: str = ""
    """What keeps a row, with table and constraint; empty when all rows are deleted."""


class ErasureRefused(SyncEvent, frozen=True, kw_only=True):
    """Nobody was erased; ``sync_id`` names the erasure."""

    reason: str

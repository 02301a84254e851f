"""What became of a wish to erase one person."""

from libs.common.contracts.bounds import Count, HemisId
from libs.common.contracts.event import SyncEvent


class RecordErased(SyncEvent, frozen=True, kw_only=True):
    """One person is erased: the tombstones stand in Kafka, and no sync brings them back.

    ``sync_id`` names the erasure.
    """

    hemis_id: HemisId
    records: Count
    """Keys that got a tombstone."""
    requested_by: str | None = None
    """Name of the API key."""


class ErasureRefused(SyncEvent, frozen=True, kw_only=True):
    """Nobody was erased; ``sync_id`` names the erasure."""

    reason: str

"""What became of a wish to erase one person."""

from libs.common.contracts.bounds import Count, HemisId
from libs.common.contracts.event import SyncEvent


class RecordErased(SyncEvent, frozen=True, kw_only=True):
    """The tombstones of one person stand in Kafka, and no sync brings them back.

    ``sync_id`` names the erasure. The tables are the loader's to speak of: ``ErasureLoaded``.
    """

    hemis_id: HemisId
    records: Count
    """Keys that got a tombstone."""
    requested_by: str | None = None
    """Name of the API key."""
    loader_confirms: bool = False
    """False in events of earlier versions, whose loaders say nothing of erasures."""


class ErasureLoaded(SyncEvent, frozen=True, kw_only=True):
    """The loader has deleted the person's rows, or tells why it could not; it tries again.

    ``sync_id`` names the erasure.
    """

    reason: str = ""
    """What keeps a row, with table and constraint; empty where none is left."""


class ErasureRefused(SyncEvent, frozen=True, kw_only=True):
    """Nobody was erased; ``sync_id`` names the erasure."""

    reason: str

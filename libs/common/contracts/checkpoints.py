"""The fetcher's memory: one message per resource and epoch on ``<prefix>.checkpoints``."""

import zlib
from collections.abc import Iterable

import msgspec

from libs.common.contracts.commands import FetchRecords
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.contracts.words import Mode, Outcome, Trigger

KNOWN_SYNCS = 1_000


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync asks HEMIS for; kept for all its attempts, whatever the settings say later."""

    page_size: int
    filters: dict[str, str]
    address: str


class SyncCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a sync has fetched. Counts are running totals over its attempts."""

    sync_id: str
    attempt: int
    mode: Mode
    trigger: Trigger
    requested_by: str | None
    tick_at: int | None
    supersedes: str | None = None
    scope: Scope
    started_at: int
    """When this attempt began."""
    next_page: int = 1
    page_count: int | None = None
    page_limit: int | None = None
    """No page beyond it is asked for, however much the source grows."""
    source_total: int = 0
    failed_pages: tuple[int, ...] = ()
    failures_in_a_row: int = 0
    fetched: int = 0
    rejected: tuple[str, ...] = ()
    """Dead letters of records without a usable id: once each, also when a page came twice."""
    retries: int = 0
    seen: bytes = b""
    """Keys published so far, packed by ``pack_keys``."""
    end_offsets: dict[str, int] = {}
    ended: SyncFetched | None = None
    """The decision; it stands here before anyone hears of it."""


class KnownSync(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A sync that was run once and is never run again."""

    sync_id: str
    attempt: int
    outcome: Outcome


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the fetcher knows of one resource; the greatest epoch counts, not the last."""

    resource: Resource
    epoch: int
    last_ce_time: int = 0
    """Unix milliseconds of the newest request whose records were published."""
    cursor: int | None = None
    end_offsets: dict[str, int] = {}
    sync: SyncCheckpoint | None = None
    open_requests: tuple[FetchRecords, ...] = ()
    known: tuple[KnownSync, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.resource}/{self.epoch}"

    def knows(self, sync_id: str) -> KnownSync | None:
        return next((known for known in self.known if known.sync_id == sync_id), None)

    def remembering(self, known: KnownSync) -> tuple[KnownSync, ...]:
        """Return the known syncs with this one as the newest, the oldest forgotten."""
        others = tuple(other for other in self.known if other.sync_id != known.sync_id)
        return (*others, known)[-KNOWN_SYNCS:]


def decode_checkpoint(value: bytes) -> Checkpoint:
    """Read one checkpoint.

    Raises:
        msgspec.MsgspecError: the bytes are no checkpoint.
    """
    return msgspec.json.decode(value, type=Checkpoint)


def pack_keys(keys: Iterable[str]) -> bytes:
    """Sorted and compressed: 2 to 4 bytes a key."""
    return zlib.compress("\n".join(sorted(keys)).encode(), 1)


def unpack_keys(packed: bytes) -> set[str]:
    return set(zlib.decompress(packed).decode().split("\n")) - {""} if packed else set()

"""The fetcher's stored state on ``<prefix>.checkpoints``; every key names resource and epoch.

- ``students/7``: the state
- ``students/7/known``: earlier syncs
- ``students/7/suppressed``: erased people
- ``students/7/shapes``: the fields that HEMIS sends
- ``students/7/read/12``: the record numbers of the twelfth page that was read

So a page costs a few hundred bytes, however many came before it.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import accumulate, pairwise

import msgspec

from libs.common.contracts.commands import EraseRecord, FetchRecords
from libs.common.contracts.enums import Mode, Outcome, Trigger
from libs.common.contracts.events import SourceDrifted, SyncFetched
from libs.common.contracts.item_shapes import Shapes
from libs.common.contracts.resources import Resource

PEOPLE_PER_CHUNK = 200


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """One erased person, for audits; nothing in it identifies the person."""

    mark: str
    """HMAC-SHA256 of the ``hemis_id`` in decimal under the list's salt, in hex."""
    erasure_id: str
    at: int
    """Unix milliseconds."""
    requested_by: str | None = None
    """Name of the API key."""


class SuppressedPeople(msgspec.Struct, frozen=True, kw_only=True):
    """The erased people of one resource, or a chunk of them.

    The salt is random, created at the first erasure, and never changes.
    """

    salt: str = ""
    people: tuple[Suppressed, ...] = ()


class SuppressedHead(msgspec.Struct, frozen=True, kw_only=True):
    """The number of people in all chunks, written after them.

    A fetcher of an older version, which knows no chunks, cannot read the number and exits.
    Otherwise it would fetch erased people again.
    """

    salt: str = ""
    people: int | tuple[Suppressed, ...] = ()
    """Older fetchers wrote the people themselves."""


KNOWN_SYNCS = 1_000


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync requests from HEMIS; the same in all its attempts, even if settings change."""

    page_size: int
    filters: dict[str, str]
    address: str


class StableWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The reads since HEMIS's counts last changed (``services.fetcher.syncs.completeness``)."""

    total: int
    page_count: int
    page_size: int
    after: int
    """Reads of the sync before it."""
    idle_pages: int = 0
    """The number of newest reads without a new record."""
    idle_items: int = 0
    ragged: bool = False
    """A page before the last one was not full."""


class LastRecord(msgspec.Struct, frozen=True, array_like=True):
    """The last record that Kafka acknowledged on a partition; a recreated topic has another one."""

    mark: str
    ce_time: int
    """Unix milliseconds."""


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
    note: str = ""
    """Why the mode is not the requested one."""
    fingerprint: str = ""
    started_at: int
    """When this attempt began."""
    began_at: int = 0
    """When the first attempt requested its first page, in unix seconds by HEMIS's clock."""
    next_page: int = 1
    page_count: int | None = None
    page_limit: int | None = None
    """The last page to request, however much the source grows."""
    source_total: int = 0
    failed_pages: tuple[int, ...] = ()
    failures_in_a_row: int = 0
    lap: int = 1
    """How often the list is read, including this time."""
    reads: int = 0
    """Published pages; each has a message with its record numbers."""
    calm: StableWindow | None = None
    fetched: int = 0
    distinct: int = 0
    newest_update: int = 0
    """The greatest ``updated_at`` so far, in unix seconds; 0 before the first."""
    rejected: int = 0
    """Records that cannot be published; each counts once, even if its page was read twice."""
    suppressed: int = 0
    """Records of erased people, which were left out; each counts once."""
    retries: int = 0
    end_offsets: dict[str, int] = {}
    last_records: dict[str, LastRecord] = {}
    """By partition: the record before the end offset."""
    ended: SyncFetched | None = None
    """How fetching ended; it is stored here before it is published."""
    drift: tuple[SourceDrifted, ...] = ()
    """Events that are published together with ``ended``."""

    @property
    def end_events(self) -> tuple[SourceDrifted | SyncFetched, ...]:
        """The events of its end; empty while it runs."""
        return (*self.drift, self.ended) if self.ended else ()


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where an incremental sync can start: after what a complete sync has seen."""

    sync_id: str
    updated_at: int
    """The greatest ``updated_at`` of its records, in unix seconds by HEMIS's clock."""
    scope: Scope
    """What that sync requested; the cursor is valid for nothing else."""
    end_offsets: dict[str, int] = {}
    """Of that sync."""
    last_records: dict[str, LastRecord] = {}
    """By partition; a topic without one was recreated, and lacks unchanged records."""
    said_at: int
    """The loader's report cannot have a lower offset in the progress topic."""


class KnownSync(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A sync that has run, and must not run again."""

    sync_id: str
    attempt: int
    outcome: Outcome
    at: int = 0
    """When it ended, in unix milliseconds; 0 if an older version ran it."""


class LastEvent(msgspec.Struct, frozen=True, order=True, array_like=True):
    """The last event that Kafka acknowledged; a topic without it has lost messages."""

    offset: int
    mark: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the fetcher knows of one resource; the greatest epoch is valid, not the last."""

    resource: Resource
    epoch: int
    last_ce_time: int = 0
    """Unix milliseconds of the newest request whose records were published."""
    cursor: Cursor | None = None
    next_cursor: Cursor | None = None
    """Becomes ``cursor`` when the loader has reported its sync as complete."""
    sync: SyncCheckpoint | None = None
    open_requests: tuple[FetchRecords, ...] = ()
    open_erasures: tuple[EraseRecord, ...] = ()
    known: tuple[KnownSync, ...] = ()
    said: LastEvent | None = None
    suppressed: SuppressedPeople = SuppressedPeople()
    shapes: Shapes = Shapes()

    @property
    def key(self) -> str:
        return f"{self.resource}/{self.epoch}"

    def without_parts(self) -> "Checkpoint":
        """Return the state without the parts that have a message of their own."""
        return msgspec.structs.replace(
            self, known=(), suppressed=SuppressedPeople(), shapes=Shapes()
        )

    def knows(self, sync_id: str) -> KnownSync | None:
        return next((known for known in self.known if known.sync_id == sync_id), None)

    def with_known_sync(self, known: KnownSync) -> tuple[KnownSync, ...]:
        """Return the known syncs with this one as the newest, without the oldest."""
        others = tuple(other for other in self.known if other.sync_id != known.sync_id)
        return (*others, known)[-KNOWN_SYNCS:]


class KnownSyncs(msgspec.Struct, frozen=True):
    """The syncs that have run, oldest first."""

    syncs: tuple[KnownSync, ...] = ()


def record_number(key: str) -> int:
    """Return a number below 2⁶⁴ for a key: the id itself, or a hash that no id can equal."""
    if key.isdecimal():
        return int(key)
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") | 1 << 63


def pack_record_numbers(numbers: Iterable[int]) -> bytes:
    """Encode the differences of the sorted numbers: about three bytes a number."""
    return msgspec.msgpack.encode([b - a for a, b in pairwise((0, *sorted(numbers)))])


def unpack_record_numbers(packed: bytes) -> tuple[int, ...]:
    """Decode what ``pack_record_numbers`` encoded.

    Raises:
        msgspec.MsgspecError: the bytes are not record numbers.
    """
    return tuple(accumulate(msgspec.msgpack.decode(packed, type=list[int])))

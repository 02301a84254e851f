"""The fetcher's memory on ``<prefix>.checkpoints``; every key names resource and epoch.

``students/7`` is the state, ``students/7/known`` the syncs that were run before,
``students/7/suppressed`` who was erased, ``students/7/shapes`` the fields that HEMIS sends, and
``students/7/read/12`` the marks of the twelfth page that was read: a page costs a few hundred
bytes, however many came before it.
"""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import accumulate, pairwise

import msgspec

from libs.common.contracts.codec import decode_as
from libs.common.contracts.commands import EraseRecord, FetchRecords
from libs.common.contracts.enums import Mode, Outcome, Trigger
from libs.common.contracts.events import SourceDrifted, SyncFetched
from libs.common.contracts.item_shapes import Shapes
from libs.common.contracts.resources import Resource

PEOPLE_IN_A_CHUNK = 200


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """One person who was erased; the line that an audit asks for, without the person."""

    mark: str
    """HMAC-SHA256 of the ``hemis_id`` in decimal under the list's salt, in hex."""
    erasure_id: str
    at: int
    """Unix milliseconds."""
    requested_by: str | None = None
    """Name of the API key."""


class SuppressedPeople(msgspec.Struct, frozen=True, kw_only=True):
    """The erased people of one resource, or a chunk of them.

    The salt is drawn at the first erasure, and kept.
    """

    salt: str = ""
    people: tuple[Suppressed, ...] = ()


class SuppressedHead(msgspec.Struct, frozen=True, kw_only=True):
    """How many people the chunks hold together, written after them.

    An older fetcher, which knows no chunks, cannot read the number and exits: otherwise it would
    fetch erased people again.
    """

    salt: str = ""
    people: int | tuple[Suppressed, ...] = ()
    """Older fetchers wrote the people themselves."""


KNOWN_SYNCS = 1_000


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync asks HEMIS for; kept for all its attempts, whatever the settings say later."""

    page_size: int
    filters: dict[str, str]
    address: str


class Calm(msgspec.Struct, frozen=True, kw_only=True):
    """The reads since HEMIS's counts last changed; see ``services.fetcher.syncs.completeness``."""

    total: int
    page_count: int
    page_size: int
    after: int
    """Reads of the sync before it."""
    idle_pages: int = 0
    """The newest reads, as far as they brought nothing new."""
    idle_items: int = 0
    ragged: bool = False
    """A page before the last one was not full."""


class LastRecord(msgspec.Struct, frozen=True, array_like=True):
    """The last record that Kafka acknowledged on a partition: a topic made anew has another one."""

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
    """Why the mode is not the one asked for."""
    fingerprint: str = ""
    started_at: int
    """When this attempt began."""
    began_at: int = 0
    """When the first attempt asked for its first page, unix seconds by HEMIS's clock."""
    next_page: int = 1
    page_count: int | None = None
    page_limit: int | None = None
    """No page beyond it is asked for, however much the source grows."""
    source_total: int = 0
    failed_pages: tuple[int, ...] = ()
    failures_in_a_row: int = 0
    lap: int = 1
    """How often the list is read, this time included."""
    reads: int = 0
    """Pages that were published; each has a message with its marks."""
    calm: Calm | None = None
    fetched: int = 0
    distinct: int = 0
    newest_update: int = 0
    """The greatest ``updated_at`` seen, unix seconds; 0 before any."""
    rejected: int = 0
    """Records that cannot be published: once each, also when a page came twice."""
    suppressed: int = 0
    """Records that were left out, as their people were erased: once each, too."""
    retries: int = 0
    end_offsets: dict[str, int] = {}
    last_records: dict[str, LastRecord] = {}
    """By partition; the one before the end offset."""
    ended: SyncFetched | None = None
    """The decision; it stands here before anyone hears of it."""
    drift: tuple[SourceDrifted, ...] = ()
    """What is said together with the decision."""

    @property
    def end_events(self) -> tuple[SourceDrifted | SyncFetched, ...]:
        """All that is to be said of its end; nothing while it runs."""
        return (*self.drift, self.ended) if self.ended else ()


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where an incremental sync can begin: what one that saw everything has seen."""

    sync_id: str
    updated_at: int
    """The greatest of the records, unix seconds by HEMIS's clock."""
    scope: Scope
    """What that sync asked for; a cursor says nothing of anybody else."""
    end_offsets: dict[str, int] = {}
    """Of that sync."""
    last_records: dict[str, LastRecord] = {}
    """By partition; a topic that lacks one is another one, and lacks what did not change."""
    said_at: int
    """Offset in the progress topic below which the loader's report cannot be."""


class KnownSync(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A sync that was run once and is never run again."""

    sync_id: str
    attempt: int
    outcome: Outcome
    at: int = 0
    """When it ended, unix milliseconds; 0 if an older version ran it."""


class Said(msgspec.Struct, frozen=True, order=True, array_like=True):
    """The last event that Kafka acknowledged; a topic that lacks it has lost messages."""

    offset: int
    mark: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the fetcher knows of one resource; the greatest epoch counts, not the last."""

    resource: Resource
    epoch: int
    last_ce_time: int = 0
    """Unix milliseconds of the newest request whose records were published."""
    cursor: Cursor | None = None
    next_cursor: Cursor | None = None
    """Holds once the loader has reported that sync as complete."""
    sync: SyncCheckpoint | None = None
    open_requests: tuple[FetchRecords, ...] = ()
    open_erasures: tuple[EraseRecord, ...] = ()
    known: tuple[KnownSync, ...] = ()
    said: Said | None = None
    suppressed: SuppressedPeople = SuppressedPeople()
    shapes: Shapes = Shapes()

    @property
    def key(self) -> str:
        return f"{self.resource}/{self.epoch}"

    def alone(self) -> "Checkpoint":
        """Return the state without what has a message of its own."""
        nobody = SuppressedPeople()
        return msgspec.structs.replace(self, known=(), suppressed=nobody, shapes=Shapes())

    def knows(self, sync_id: str) -> KnownSync | None:
        return next((known for known in self.known if known.sync_id == sync_id), None)

    def remembering(self, known: KnownSync) -> tuple[KnownSync, ...]:
        """Return the known syncs with this one as the newest, the oldest forgotten."""
        others = tuple(other for other in self.known if other.sync_id != known.sync_id)
        return (*others, known)[-KNOWN_SYNCS:]


class KnownSyncs(msgspec.Struct, frozen=True):
    """The syncs that were run, oldest first."""

    syncs: tuple[KnownSync, ...] = ()


def decode_checkpoint(value: bytes) -> Checkpoint:
    """Read one checkpoint.

    Raises:
        MalformedMessage: the bytes are no checkpoint.
    """
    return decode_as(Checkpoint, value)


def mark_of(key: str) -> int:
    """Stand a number below 2⁶⁴ for a key: the id itself, or 63 bits of a hash, apart from ids."""
    if key.isdecimal():
        return int(key)
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") | 1 << 63


def pack_marks(marks: Iterable[int]) -> bytes:
    """Write the steps between sorted marks: about three bytes a mark."""
    return msgspec.msgpack.encode([b - a for a, b in pairwise((0, *sorted(marks)))])


def unpack_marks(packed: bytes) -> tuple[int, ...]:
    """Read what ``pack_marks`` wrote.

    Raises:
        msgspec.MsgspecError: the bytes are no marks.
    """
    return tuple(accumulate(msgspec.msgpack.decode(packed, type=list[int])))

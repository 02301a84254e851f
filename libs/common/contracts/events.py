"""Events: facts for any reader, on ``<prefix>.progress``, keyed by sync id.

Totals, never deltas, so that reading one twice or in another order changes nothing.
Times are unix milliseconds. No personal data: ids and counts only.
"""

import msgspec

from libs.common.contracts.codec import Codec
from libs.common.contracts.erasures import ErasureRefused, RecordErased
from libs.common.contracts.event import SyncEvent
from libs.common.contracts.words import Kind, Mode, Outcome, RemovalState, Trigger


class SyncStarted(SyncEvent, frozen=True, kw_only=True):
    attempt: int
    kind: Kind
    mode: Mode
    trigger: Trigger
    page_size: int
    requested_by: str | None = None
    tick_at: int | None = None
    supersedes: str | None = None
    note: str = ""
    dead_letter_id: str = ""
    """Of a retry, as its command says it; so is the next one."""
    retry: int = 0


class SyncRefused(SyncEvent, frozen=True, kw_only=True):
    active_sync_id: str | None
    reason: str


class PageFetched(SyncEvent, frozen=True, kw_only=True):
    attempt: int
    page: int
    page_count: int
    source_total: int
    fetched: int
    distinct: int
    rejected: int
    """Records without a usable id, which the fetcher buries itself."""
    retries: int
    next_page: int | None
    """None when this was the last one."""


class PageFailed(SyncEvent, frozen=True, kw_only=True):
    attempt: int
    page: int
    code: str
    reason: str


class SyncWaiting(SyncEvent, frozen=True, kw_only=True):
    attempt: int
    seconds: float
    reason: str


class SyncFetched(SyncEvent, frozen=True, kw_only=True):
    """Everything of this attempt is in Kafka; of several per attempt the first counts."""

    attempt: int
    outcome: Outcome
    source_total: int = 0
    fetched: int = 0
    distinct: int = 0
    missing: int = 0
    departed: int = 0
    rejected: int = 0
    retries: int = 0
    failed_pages: tuple[int, ...] = ()
    end_offsets: dict[str, int] = msgspec.field(default_factory=dict)
    """Partition → the offset after the sync's last record there."""
    reason: str = ""
    hemis_ids: tuple[int, ...] = ()
    """The people that single requests found."""
    complete: bool | None = None
    """All that the source holds was seen; None where nobody judged it."""
    doubt: str = ""
    """Why it is not, as far as counts and failed pages do not tell."""
    suppressed: int = 0
    """People or positions that HEMIS lists and that were left out: they were erased here."""


class RecordRejected(SyncEvent, frozen=True, kw_only=True):
    dead_letter_id: str
    code: str
    reason: str
    record: str | None = None
    """The record's key, where it has one."""


class RecordsLoaded(SyncEvent, frozen=True, kw_only=True):
    """What the loader has committed for this sync; the greater (epoch, revision) counts."""

    database_epoch: int
    revision: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int


class LoadingPaused(SyncEvent, frozen=True, kw_only=True):
    """Too many of this sync's records were rejected: its topic is not read until it is resumed."""

    rejected: int
    records: int
    limit_percent: float


class LoadingResumed(SyncEvent, frozen=True, kw_only=True):
    """A person lets this sync go on, whatever its rejects."""


class MissingConfirmed(SyncEvent, frozen=True, kw_only=True):
    """What HEMIS said of one person's keys; each of them stands in one of the three."""

    keys: tuple[str, ...]
    """Definitely not found."""
    tombstones: tuple[str, ...] = ()
    """Those of ``keys`` whose tombstone is in Kafka already."""
    present: tuple[str, ...] = ()
    """Still there; the present item is in Kafka already."""
    undecided: tuple[str, ...] = ()
    """Cannot be told: no id number, or an answer that proves nothing."""
    asked_at: int = 0
    """``ce_time`` of the question."""


class RemovalsHeld(SyncEvent, frozen=True, kw_only=True):
    """More rows than the limit are no longer at the source: a person decides."""

    missing: int
    limit: int


class RemovalsCounted(SyncEvent, frozen=True, kw_only=True):
    """What becomes of the rows this sync did not see; the greater (epoch, revision) counts.

    ``missing + vacated = removed + undecided + still open + those that HEMIS has after all``.
    """

    database_epoch: int
    revision: int
    state: RemovalState
    missing: int
    """Rows of people the sync did not see."""
    vacated: int
    """Positions it did not see of people it saw: closed under every policy."""
    limit: int
    removed: int
    undecided: int


class SyncFinished(SyncEvent, frozen=True, kw_only=True):
    """The loader's report; its numbers obey the sums of ``identities``."""

    attempt: int
    complete: bool
    database_epoch: int
    started_at: int
    source_total: int
    fetched: int
    distinct: int
    missing: int
    departed: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int
    retries: int
    failed_pages: tuple[int, ...]
    hemis_ids: tuple[int, ...] = ()
    suppressed: int = 0
    """Records of erased people, which were left out."""


class TickSkipped(SyncEvent, frozen=True, kw_only=True):
    tick_at: int
    reason: str


class SyncAbandoned(SyncEvent, frozen=True, kw_only=True):
    superseded_by: str
    """Empty where it was cancelled: nothing was heard of it any more."""


class SourceDrifted(SyncEvent, frozen=True, kw_only=True):
    """What HEMIS sends is no longer what is known; at most once per sync and change.

    Names of fields only, at most 50, a part of an object as ``department.score``.
    """

    fields: tuple[str, ...]
    change: str
    """``unknown fields``: hemis-sync keeps them in ``extra``, said after each sync that has them.
    ``added``, ``dropped``, ``retyped``: compared with the complete full syncs before, said once."""
    types: dict[str, str] = msgspec.field(default_factory=dict)
    """Of retyped fields the JSON types, before and now: ``number → string``."""


class AlertRaised(SyncEvent, frozen=True, kw_only=True):
    """Something needs a person. Every gateway says it, with the same ``alert_id``."""

    alert: str
    detail: str
    alert_id: str = ""


class AlertCleared(SyncEvent, frozen=True, kw_only=True):
    """It no longer does."""

    alert: str
    alert_id: str = ""


Event = (
    SyncStarted
    | SyncRefused
    | PageFetched
    | PageFailed
    | SyncWaiting
    | SyncFetched
    | RecordRejected
    | RecordsLoaded
    | LoadingPaused
    | LoadingResumed
    | MissingConfirmed
    | RemovalsHeld
    | RemovalsCounted
    | SyncFinished
    | RecordErased
    | ErasureRefused
    | TickSkipped
    | SyncAbandoned
    | SourceDrifted
    | AlertRaised
    | AlertCleared
)

EVENTS: Codec[Event] = Codec(Event)

"""Events: facts for any reader, on ``<prefix>.progress``, keyed by sync id.

Totals, never deltas, so that reading one twice or in another order changes nothing.
Times are unix milliseconds. No personal data: ids and counts only.
"""

import msgspec

from libs.common.contracts.codec import Codec, Count, HemisId, Milliseconds, SyncId
from libs.common.contracts.enums import Kind, Mode, Outcome, RemovalState, Trigger
from libs.common.contracts.resources import Resource


class SyncEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """The fields that all events have."""

    sync_id: SyncId
    resource: Resource
    at: Milliseconds
    version: Count = 1


class SyncStarted(SyncEvent, frozen=True, kw_only=True):
    attempt: Count
    kind: Kind
    mode: Mode
    trigger: Trigger
    page_size: Count
    requested_by: str | None = None
    tick_at: Milliseconds | None = None
    supersedes: SyncId | None = None
    note: str = ""
    dead_letter_id: str = ""
    """Of a retry, copied from its command, like the next field."""
    retry: Count = 0
    fingerprint: str = ""


class SyncRefused(SyncEvent, frozen=True, kw_only=True):
    active_sync_id: SyncId | None
    reason: str


class PageFetched(SyncEvent, frozen=True, kw_only=True):
    attempt: Count
    page: Count
    page_count: Count
    source_total: Count
    fetched: Count
    distinct: Count
    rejected: Count
    """Records without a usable id: the fetcher writes dead letters for them."""
    retries: Count
    next_page: Count | None
    """None after the last page."""


class PageFailed(SyncEvent, frozen=True, kw_only=True):
    attempt: Count
    page: Count
    code: str
    reason: str


class SyncWaiting(SyncEvent, frozen=True, kw_only=True):
    attempt: Count
    seconds: float
    reason: str


class SyncFetched(SyncEvent, frozen=True, kw_only=True):
    """All records of this attempt are in Kafka; of several events the first counts."""

    attempt: Count
    outcome: Outcome
    source_total: Count = 0
    fetched: Count = 0
    distinct: Count = 0
    missing: Count = 0
    departed: Count = 0
    rejected: Count = 0
    retries: Count = 0
    failed_pages: tuple[Count, ...] = ()
    end_offsets: dict[str, Count] = msgspec.field(default_factory=dict)
    """Partition → the offset after the sync's last record there."""
    reason: str = ""
    hemis_ids: tuple[HemisId, ...] = ()
    """The people that a request for single records found."""
    complete: bool | None = None
    """Whether everything in HEMIS was seen; None if not judged."""
    doubt: str = ""
    """Why it is not complete, where counts and failed pages do not show it."""
    suppressed: Count = 0
    """Records of erased people that HEMIS lists; they were left out."""


class RecordRejected(SyncEvent, frozen=True, kw_only=True):
    dead_letter_id: str
    code: str
    reason: str
    record: str | None = None
    """The record's key, if it has one."""


class RecordsLoaded(SyncEvent, frozen=True, kw_only=True):
    """What the loader has committed for this sync; the greatest (epoch, revision) counts."""

    database_epoch: Milliseconds
    revision: Count
    inserted: Count
    updated: Count
    unchanged: Count
    rejected: Count


class LoadingPaused(SyncEvent, frozen=True, kw_only=True):
    """Too many records of this sync were rejected: its topic is not read until it is resumed."""

    rejected: Count
    records: Count
    limit_percent: float


class LoadingResumed(SyncEvent, frozen=True, kw_only=True):
    """A person resumed loading for this sync, whatever it rejected."""


class MissingConfirmed(SyncEvent, frozen=True, kw_only=True):
    """HEMIS's answer about one person's keys; each is in one of three lists."""

    keys: tuple[str, ...]
    """Definitely not found."""
    tombstones: tuple[str, ...] = ()
    """Those of ``keys`` whose tombstone is already in Kafka."""
    present: tuple[str, ...] = ()
    """Still in HEMIS; the current item is already in Kafka."""
    undecided: tuple[str, ...] = ()
    """No id number, or an answer that proves nothing."""
    asked_at: Milliseconds = 0
    """``ce_time`` of the request."""


class RemovalsHeld(SyncEvent, frozen=True, kw_only=True):
    """More rows than the limit are no longer in HEMIS: a person must decide."""

    missing: Count
    limit: Count


class RemovalsCounted(SyncEvent, frozen=True, kw_only=True):
    """Totals of the rows that this sync did not see; the greatest (epoch, revision) counts.

    ``missing + vacated = removed + undecided + still open + those that HEMIS has after all``.
    """

    database_epoch: Milliseconds
    revision: Count
    state: RemovalState
    missing: Count
    """Rows of people the sync did not see."""
    vacated: Count
    """Positions not seen of people who were; they are closed under every policy."""
    limit: Count
    removed: Count
    undecided: Count


class SyncFinished(SyncEvent, frozen=True, kw_only=True):
    """The loader's report; ``docs/completeness.md`` has the sums that its numbers satisfy."""

    attempt: Count
    complete: bool
    database_epoch: Milliseconds
    started_at: Milliseconds
    source_total: Count
    fetched: Count
    distinct: Count
    missing: Count
    departed: Count
    inserted: Count
    updated: Count
    unchanged: Count
    rejected: Count
    retries: Count
    failed_pages: tuple[Count, ...]
    hemis_ids: tuple[HemisId, ...] = ()
    suppressed: Count = 0
    """Records of erased people, which were left out."""


class RecordErased(SyncEvent, frozen=True, kw_only=True):
    """One person's tombstones are in Kafka, and no sync fetches the person again.

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
    """The loader deleted the person's rows, or says why not and tries again.

    ``sync_id`` names the erasure.
    """

    reason: str = ""
    """What keeps a row, with table and constraint; empty when all rows are deleted."""


class ErasureRefused(SyncEvent, frozen=True, kw_only=True):
    """Nobody was erased; ``sync_id`` names the erasure."""

    reason: str


class TickSkipped(SyncEvent, frozen=True, kw_only=True):
    tick_at: Milliseconds
    reason: str


class SyncAbandoned(SyncEvent, frozen=True, kw_only=True):
    superseded_by: SyncId
    """Empty if it was cancelled because nothing was heard of it."""


class SourceDrifted(SyncEvent, frozen=True, kw_only=True):
    """HEMIS sends other fields than before; at most one event for each sync and change.

    Names of fields only, at most 50, a part of an object as ``department.score``.
    """

    fields: tuple[str, ...]
    change: str
    """``unknown fields``: without a column, kept in ``extra``; reported after each sync with them.
    ``added``, ``dropped``, ``retyped``: since earlier complete full syncs; reported once."""
    types: dict[str, str] = msgspec.field(default_factory=dict)
    """The JSON types of retyped fields, before and now: ``number → string``."""


class AlertRaised(SyncEvent, frozen=True, kw_only=True):
    """Something needs a person. Every gateway gives it the same ``alert_id``."""

    alert: str
    detail: str
    alert_id: str = ""


class AlertCleared(SyncEvent, frozen=True, kw_only=True):
    """The alert is over."""

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
    | ErasureLoaded
    | ErasureRefused
    | TickSkipped
    | SyncAbandoned
    | SourceDrifted
    | AlertRaised
    | AlertCleared
)

EVENTS: Codec[Event] = Codec(Event)

"""What a sync's checkpoint becomes at each step. Pure."""

from msgspec.structs import replace

from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.enums import Trigger

MOST_PASSES = 4


def resumed(sync: SyncCheckpoint, at: int) -> SyncCheckpoint:
    """Begin the next attempt where this one ended, with the same filters."""
    return replace(
        sync,
        attempt=sync.attempt + 1,
        trigger=Trigger.RESUME,
        started_at=at,
        lap=1,
        failures_in_a_row=0,
        ended=None,
        drift=(),
    )


def restarted(sync: SyncCheckpoint) -> SyncCheckpoint:
    """Begin at page 1 again: the topic has lost what this sync published."""
    return replace(
        sync,
        next_page=1,
        lap=1,
        failed_pages=(),
        reads=0,
        calm=None,
        fetched=0,
        distinct=0,
        newest_update=0,
        began_at=0,
        rejected=0,
        suppressed=0,
        end_offsets={},
        last_records={},
    )


def next_page(sync: SyncCheckpoint) -> int | None:
    """Return the page to request next; None after the last page."""
    if sync.page_count is None:
        return sync.next_page
    last = min(sync.page_count, sync.page_limit or sync.page_count)
    return sync.next_page if sync.next_page <= last else None


def next_pass(sync: SyncCheckpoint) -> SyncCheckpoint:
    """Begin to read the list once more."""
    return replace(sync, lap=sync.lap + 1, next_page=1)


def may_read_again(sync: SyncCheckpoint) -> bool:
    """Tell whether reading the list once more can still prove that everything was seen."""
    return not sync.failed_pages and sync.lap < MOST_PASSES and not is_cut(sync)


def is_cut(sync: SyncCheckpoint) -> bool:
    """Tell whether the list has grown beyond the page limit."""
    return bool(sync.page_limit and (sync.page_count or 0) > sync.page_limit)


def after_failure(sync: SyncCheckpoint, number: int) -> SyncCheckpoint:
    """Skip a failed page; it is requested again after the last page."""
    return replace(
        sync,
        next_page=max(sync.next_page, number + 1),
        failed_pages=tuple(sorted({*sync.failed_pages, number})),
        failures_in_a_row=sync.failures_in_a_row + 1,
    )

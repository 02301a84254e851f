"""The errors of a sync as lines for people: a page or a record, and the reason. Pure."""

from collections.abc import Iterator

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import RecordRejected
from services.gateway.projection.sync_state import SHOWN_ERRORS, SyncState
from services.gateway.views.totals import failed_pages_of


def error_lines(sync: SyncState, rejected_count: int) -> list[str]:
    """Return at most ``SHOWN_ERRORS`` lines, then one with the number of the others."""
    rejected = (line_of(one) for _, one in sorted(sync.rejected.items()))
    lines = [*general_lines(sync), *rejected]
    not_kept = max(0, rejected_count - len(sync.rejected))
    more = len(lines) + not_kept - SHOWN_ERRORS
    if more <= 0:
        return lines
    return [
        *lines[:SHOWN_ERRORS],
        f"… and {more} more: /api/hemis/syncs/{sync.sync_id}/errors has all",
    ]


def general_lines(sync: SyncState) -> Iterator[str]:
    """Yield the lines about the sync and its pages, without those about single records."""
    ended = sync.ended
    if ended is not None and ended.outcome is Outcome.FAILED:
        yield f"The sync failed: {ended.reason or 'no reason given'}"
    if ended is not None and ended.doubt:
        yield f"Not complete: {ended.doubt}"
    for page in failed_pages_of(sync):
        failed = sync.failed_pages.get(page)
        yield f"Page {page}: {failed.reason if failed else 'could not be fetched'}"


def line_of(rejected: RecordRejected) -> str:
    name = record_name(rejected).capitalize()
    return f"{name}: {rejected.reason} ({rejected.dead_letter_id})"


def record_name(rejected: RecordRejected) -> str:
    return f"record {rejected.record}" if rejected.record else "a record without a usable id"

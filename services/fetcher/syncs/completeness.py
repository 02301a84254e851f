"""Decides whether a sync saw everything, although HEMIS's list changes while it is read. Pure.

HEMIS numbers its pages anew at every request. If a record leaves the list, all records behind it
move up, and one of them slips over a page border unseen. But each page tells how many records
there are. So:

* A **stable window** is a run of reads between which total, page count and page size stayed the
  same. Within it nobody came or left, so the records are one set of ``total``. Once a window has
  seen ``total`` of them, it has seen all, in whatever order they came.
* A first pass without any change is such a window. After a change, the pages read before it are
  read again, until a window has seen all. Records that only moved are found in the same way.
* A pass within one window that finds no new record ends the search. If HEMIS's total is then off
  by one or two, and every page before the last one was full, HEMIS miscounts, and everything was
  seen. If records also came twice, a record may move at each read and stay unseen: such a list
  must look the same for one pass more.

No count shows a change if as many records leave as come between the same two reads.
"""

from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import StableWindow
from services.fetcher.hemis.page import HEMIS_MISCOUNTS_BY, Page


class CompletenessVerdict(NamedTuple):
    """Whether a sync saw everything; ``missing`` counts the records that no page listed."""

    complete: bool
    missing: int = 0
    doubt: str = ""


def is_unchanged(window: StableWindow, page: Page) -> bool:
    """Tell whether HEMIS's counts are those of the page before."""
    counts = (page.total, page.page_count, page.size)
    return (window.total, window.page_count, window.page_size) == counts


def new_window(page: Page, reads_before: int) -> StableWindow:
    return StableWindow(
        total=page.total, page_count=page.page_count, page_size=page.size, after=reads_before
    )


def with_read(window: StableWindow, number: int, page: Page, new_records: int) -> StableWindow:
    """Add a read; ``new_records`` of its records are new to this window."""
    is_short = number < page.page_count and len(page.items) < page.size
    return replace(
        window,
        idle_pages=0 if new_records else window.idle_pages + 1,
        idle_items=0 if new_records else window.idle_items + len(page.items),
        ragged=window.ragged or is_short,
    )


def verdict_of(window: StableWindow, reads: int, seen: int) -> CompletenessVerdict | None:
    """Judge a window by its reads and the records seen in it; None: read on."""
    pass_pages = max(window.page_count, 1)
    if reads < pass_pages:
        return None
    if seen == window.total:
        return CompletenessVerdict(complete=True)
    is_plain = window.idle_items == seen
    if window.idle_pages < (pass_pages if is_plain else 2 * pass_pages):
        return None
    return _miscounted(window, seen)


def _miscounted(window: StableWindow, seen: int) -> CompletenessVerdict:
    missing = max(window.total - seen, 0)
    if abs(window.total - seen) <= HEMIS_MISCOUNTS_BY and not window.ragged:
        return CompletenessVerdict(complete=True, missing=missing)
    doubt = f"HEMIS counts {window.total} records and lists {seen}"
    return CompletenessVerdict(complete=False, missing=missing, doubt=doubt)

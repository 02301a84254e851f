"""Decides whether a sync saw everything, although HEMIS's list changes while it is read. Pure.

HEMIS numbers its pages anew at every request. If a record leaves the list, all records behind it
move up, and one of them slips over a page border unseen. But each page tells how many records
there are. So:

* A **calm** is a run of reads between which total, page count and page size stayed the same.
  Within a calm nobody came or left, so the records are one set of ``total``. Once a calm has seen
  ``total`` of them, it has seen all, in whatever order they came.
* A first lap without any change is such a calm. After a change, the pages read before it are read
  again, until a calm has seen all. Records that only moved are found in the same way.
* A lap of a calm without a new record ends the search. If HEMIS's total is then off by one or two,
  and every page before the last one was full, HEMIS miscounts, and everything was seen. If records
  also came twice, one may hide behind a move each time: such a list must look the same for one lap
  more.

No count shows it if as many records leave as come between the same two reads.
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


def goes_on(calm: StableWindow, page: Page) -> bool:
    """Tell whether HEMIS's counts are those of the page before."""
    counts = (page.total, page.page_count, page.size)
    return (calm.total, calm.page_count, calm.page_size) == counts


def begun(page: Page, reads_before: int) -> StableWindow:
    return StableWindow(
        total=page.total, page_count=page.page_count, page_size=page.size, after=reads_before
    )


def extended(calm: StableWindow, number: int, page: Page, new_records: int) -> StableWindow:
    """Add a read; ``new_records`` of its records are new to this calm."""
    is_short = number < page.page_count and len(page.items) < page.size
    return replace(
        calm,
        idle_pages=0 if new_records else calm.idle_pages + 1,
        idle_items=0 if new_records else calm.idle_items + len(page.items),
        ragged=calm.ragged or is_short,
    )


def verdict_of(calm: StableWindow, reads: int, seen: int) -> CompletenessVerdict | None:
    """Judge a calm by its reads and the records seen in it; None: read on."""
    lap = max(calm.page_count, 1)
    if reads < lap:
        return None
    if seen == calm.total:
        return CompletenessVerdict(complete=True)
    is_plain = calm.idle_items == seen
    if calm.idle_pages < (lap if is_plain else 2 * lap):
        return None
    return _miscounted(calm, seen)


def _miscounted(calm: StableWindow, seen: int) -> CompletenessVerdict:
    missing = max(calm.total - seen, 0)
    if abs(calm.total - seen) <= HEMIS_MISCOUNTS_BY and not calm.ragged:
        return CompletenessVerdict(complete=True, missing=missing)
    doubt = f"HEMIS counts {calm.total} records and lists {seen}"
    return CompletenessVerdict(complete=False, missing=missing, doubt=doubt)

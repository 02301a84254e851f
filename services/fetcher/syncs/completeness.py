"""Whether all that HEMIS holds was seen, though its list changes while it is read. Pure.

HEMIS numbers its pages anew at every request: a record that leaves moves all behind it up, and one
of them slips over a page border unseen. What a page does tell is how many records there are. So:

* A **calm** is the reads, one after another, between which total, page count and page size stayed
  the same. Within a calm nobody came or left, so the records are one set of ``total``. Once a calm
  has seen ``total`` of them it has seen all, in whatever order they were shown.
* A first lap without any change is such a calm; after a change the pages that were read before it
  are read again, until a calm has seen all. Records that only moved are found in the same way.
* A lap of a calm that brings nothing new ends the search: HEMIS lists what it lists. Where its
  total is then off by one or two, and every page before the last one was full, that is its own
  mistake, and everything was seen. Where records also came twice, something may hide behind a
  move each time: such a list has to look the same for one lap more.

What no count shows: as many records gone as come between the same two reads.
"""

from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Calm
from services.fetcher.hemis.page import HEMIS_MISCOUNTS_BY, Page

MOST_LAPS = 4


class CompletenessVerdict(NamedTuple):
    """``missing`` is how many of HEMIS's records no page showed."""

    complete: bool
    missing: int = 0
    doubt: str = ""


def goes_on(calm: Calm, page: Page) -> bool:
    """Tell whether HEMIS counts what it counted at the page before."""
    counts = (page.total, page.page_count, page.size)
    return (calm.total, calm.page_count, calm.page_size) == counts


def begun(page: Page, reads_before: int) -> Calm:
    return Calm(
        total=page.total, page_count=page.page_count, page_size=page.size, after=reads_before
    )


def extended(calm: Calm, number: int, page: Page, news: int) -> Calm:
    """Add a read; ``news`` of its records were not seen in this calm before."""
    is_short = number < page.page_count and len(page.items) < page.size
    return replace(
        calm,
        idle_pages=0 if news else calm.idle_pages + 1,
        idle_items=0 if news else calm.idle_items + len(page.items),
        ragged=calm.ragged or is_short,
    )


def verdict_of(calm: Calm, reads: int, seen: int) -> CompletenessVerdict | None:
    """Judge a calm of so many reads that has seen so many records; None: read on."""
    lap = max(calm.page_count, 1)
    if reads < lap:
        return None
    if seen == calm.total:
        return CompletenessVerdict(complete=True)
    is_plain = calm.idle_items == seen
    if calm.idle_pages < (lap if is_plain else 2 * lap):
        return None
    return _miscounted(calm, seen)


def _miscounted(calm: Calm, seen: int) -> CompletenessVerdict:
    missing = max(calm.total - seen, 0)
    if abs(calm.total - seen) <= HEMIS_MISCOUNTS_BY and not calm.ragged:
        return CompletenessVerdict(complete=True, missing=missing)
    doubt = f"HEMIS counts {calm.total} records and lists {seen}"
    return CompletenessVerdict(complete=False, missing=missing, doubt=doubt)

"""Which records a sync has seen, and the checkpoint after each page. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import (
    StableWindow,
    SyncCheckpoint,
    record_number,
    unpack_record_numbers,
)
from services.fetcher.hemis.page import Page
from services.fetcher.syncs import completeness
from services.fetcher.syncs.duplicate_keys import DuplicateKeys
from services.fetcher.syncs.id_set import IdSet
from services.fetcher.syncs.published import Published, end_offsets


class PageRead(NamedTuple):
    """A page that was requested by this number, and whose records Kafka has acknowledged."""

    number: int
    page: Page
    record_numbers: tuple[int, ...]
    published: Published
    newest_update: int = 0
    asked_at: int = 0
    """Unix seconds by HEMIS's clock."""


class SeenRecords:
    """The numbers of all records of a sync, and of those in its present stable window."""

    def __init__(self, sync: SyncCheckpoint, reads: Sequence[bytes]) -> None:
        """Restore both sets; ``reads`` has the packed record numbers of each page."""
        self._all = IdSet()
        self.duplicates = DuplicateKeys(self._all)
        self._in_window = IdSet()
        window_begins = sync.calm.after if sync.calm else 0
        for number, record_numbers in enumerate(map(unpack_record_numbers, reads)):
            self._all.add(record_numbers)
            if number >= window_begins:
                self._in_window.add(record_numbers)

    def clear(self) -> None:
        self._all.clear()
        self.duplicates.clear()
        self._in_window.clear()

    def after_page(self, sync: SyncCheckpoint, read: PageRead) -> SyncCheckpoint:
        """Add the page's records; return the checkpoint after this page."""
        number, page, published = read.number, read.page, read.published
        return replace(
            self._counted(sync, read),
            next_page=max(sync.next_page, number + 1),
            page_count=page.page_count,
            # A list that grows with every page must not keep the sync running for ever.
            page_limit=sync.page_limit or page.page_count * 2 + 10,
            source_total=page.total,
            failed_pages=tuple(failed for failed in sync.failed_pages if failed != number),
            failures_in_a_row=0,
            fetched=sync.fetched + len(page.items) - len(published.suppressed),
            began_at=sync.began_at or read.asked_at,
            newest_update=max(sync.newest_update, read.newest_update),
            end_offsets=end_offsets(sync.end_offsets, published.offsets),
            last_records=sync.last_records | published.last_records,
        )

    def _counted(self, sync: SyncCheckpoint, read: PageRead) -> SyncCheckpoint:
        window = self._window_at(sync, read.page)
        rejected, suppressed = read.published.rejected, read.published.suppressed
        new_rejected = len(self.unseen(map(record_number, rejected)))
        all_suppressed = sync.suppressed + len(self.unseen(map(record_number, suppressed)))
        self._all.add(read.record_numbers)
        new_records = self._in_window.add(read.record_numbers)
        return replace(
            sync,
            reads=sync.reads + 1,
            calm=completeness.with_read(window, read.number, read.page, new_records),
            distinct=len(self._all) - all_suppressed,
            rejected=sync.rejected + new_rejected,
            suppressed=all_suppressed,
        )

    def _window_at(self, sync: SyncCheckpoint, page: Page) -> StableWindow:
        if sync.calm is not None and completeness.is_unchanged(sync.calm, page):
            return sync.calm
        self._in_window.clear()
        return completeness.new_window(page, sync.reads)

    def unseen(self, record_numbers: Iterable[int]) -> set[int]:
        """Return the numbers that the sync has never seen."""
        return {number for number in record_numbers if number not in self._all}

    def verdict(self, sync: SyncCheckpoint) -> completeness.CompletenessVerdict | None:
        """Tell whether everything was seen; None: read on."""
        window = sync.calm
        if window is None:
            return None
        return completeness.verdict_of(window, sync.reads - window.after, len(self._in_window))

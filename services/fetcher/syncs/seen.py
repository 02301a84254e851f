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
    marks: tuple[int, ...]
    published: Published
    newest_update: int = 0
    asked_at: int = 0
    """Unix seconds by HEMIS's clock."""


class SeenRecords:
    """The marks of all records of a sync, and of those in its present stable window."""

    def __init__(self, sync: SyncCheckpoint, reads: Sequence[bytes]) -> None:
        """Restore both sets; ``reads`` has the packed marks of each page that was read."""
        self._all = IdSet()
        self.duplicates = DuplicateKeys(self._all)
        self._in_calm = IdSet()
        calm_begins = sync.calm.after if sync.calm else 0
        for number, marks in enumerate(map(unpack_record_numbers, reads)):
            self._all.add(marks)
            if number >= calm_begins:
                self._in_calm.add(marks)

    def clear(self) -> None:
        self._all.clear()
        self.duplicates.clear()
        self._in_calm.clear()

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
        calm = self._calm_at(sync, read.page)
        rejected = len(self.unseen(map(record_number, read.published.rejected)))
        suppressed = sync.suppressed + len(
            self.unseen(map(record_number, read.published.suppressed))
        )
        self._all.add(read.marks)
        new_records = self._in_calm.add(read.marks)
        return replace(
            sync,
            reads=sync.reads + 1,
            calm=completeness.extended(calm, read.number, read.page, new_records),
            distinct=len(self._all) - suppressed,
            rejected=sync.rejected + rejected,
            suppressed=suppressed,
        )

    def _calm_at(self, sync: SyncCheckpoint, page: Page) -> StableWindow:
        if sync.calm is not None and completeness.goes_on(sync.calm, page):
            return sync.calm
        self._in_calm.clear()
        return completeness.begun(page, sync.reads)

    def unseen(self, marks: Iterable[int]) -> set[int]:
        """Return the marks that the sync has never seen."""
        return {mark for mark in marks if mark not in self._all}

    def verdict(self, sync: SyncCheckpoint) -> completeness.CompletenessVerdict | None:
        """Tell whether everything was seen; None: read on."""
        calm = sync.calm
        if calm is None:
            return None
        return completeness.verdict_of(calm, sync.reads - calm.after, len(self._in_calm))

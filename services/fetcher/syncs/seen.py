"""Which records a sync has seen, and what its checkpoint says of them. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import SyncCheckpoint, mark_of, unpack_marks
from services.fetcher.hemis.page import Page
from services.fetcher.syncs import completeness
from services.fetcher.syncs.duplicate_keys import DuplicateKeys
from services.fetcher.syncs.id_set import IdSet
from services.fetcher.syncs.published import Published


class PageRead(NamedTuple):
    """A page that was asked for as this number, and is in Kafka."""

    number: int
    page: Page
    marks: tuple[int, ...]
    published: Published
    newest_update: int = 0
    asked_at: int = 0
    """Unix seconds by HEMIS's clock."""


class SeenRecords:
    """The marks of a whole sync, and those of its present calm."""

    def __init__(self, sync: SyncCheckpoint, reads: Sequence[bytes]) -> None:
        """Work them out from the marks of each read."""
        self._ever = IdSet()
        self.duplicates = DuplicateKeys(self._ever)
        self._calm = IdSet()
        after = sync.calm.after if sync.calm else 0
        for number, marks in enumerate(map(unpack_marks, reads)):
            self._ever.add(marks)
            if number >= after:
                self._calm.add(marks)

    def clear(self) -> None:
        self._ever.clear()
        self.duplicates.clear()
        self._calm.clear()

    def counted(self, sync: SyncCheckpoint, read: PageRead) -> SyncCheckpoint:
        """Add a read, to the marks and to the checkpoint."""
        calm = sync.calm
        if calm is None or not completeness.goes_on(calm, read.page):
            self._calm.clear()
            calm = completeness.begun(read.page, sync.reads)
        buried = {mark_of(name) for name in read.published.buried}
        rejected = sum(mark not in self._ever for mark in buried)
        left_out = {mark_of(key) for key in read.published.suppressed}
        suppressed = sync.suppressed + sum(mark not in self._ever for mark in left_out)
        self._ever.add(read.marks)
        news = self._calm.add(read.marks)
        return replace(
            sync,
            reads=sync.reads + 1,
            calm=completeness.extended(calm, read.number, read.page, news),
            distinct=len(self._ever) - suppressed,
            rejected=sync.rejected + rejected,
            suppressed=suppressed,
        )

    def lacking(self, marks: Iterable[int]) -> set[int]:
        """Return the marks that the sync has never seen."""
        return {mark for mark in marks if mark not in self._ever}

    def verdict(self, sync: SyncCheckpoint) -> completeness.CompletenessVerdict | None:
        """Tell whether everything was seen; None: read on."""
        calm = sync.calm
        if calm is None:
            return None
        return completeness.verdict_of(calm, sync.reads - calm.after, len(self._calm))

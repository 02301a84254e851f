"""Finds records that changed during a sync and were on none of its pages.

If as many records join as leave between two pages, no count changes. But a record that joined has a
new date: one request after the last page shows it, if HEMIS can list what has changed.
"""

import logging
from functools import partial

from libs.common.contracts.checkpoints import SyncCheckpoint, mark_of
from libs.common.contracts.enums import Mode
from services.fetcher.context import ResourceContext
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.hemis.requester import WaitListener
from services.fetcher.publishing.messages import key_of
from services.fetcher.syncs.completeness import CompletenessVerdict
from services.fetcher.syncs.plan import changed_since
from services.fetcher.syncs.seen import SeenRecords

logger = logging.getLogger(__name__)


class MissedChanges:
    """The checks of one sync; a record makes the list be read again only once."""

    def __init__(self, bench: ResourceContext, waiting: WaitListener) -> None:
        self._bench = bench
        self._waiting = waiting
        self._named: set[int] = set()

    async def has_any(
        self, sync: SyncCheckpoint, seen: SeenRecords, verdict: CompletenessVerdict
    ) -> bool:
        """Tell whether the whole list, as it was read, lacks a record that changed meanwhile.

        False if HEMIS does not answer: then the counts alone decide. A record that is still not
        listed after another reading does not belong to the list.
        """
        if not self._can_ask(sync, verdict):
            return False
        try:
            marks = await self._changed(sync)
        except HemisError as error:
            text = "HEMIS %s: changes during the sync are unknown, only the counts were checked: %s"
            logger.warning(text, self._bench.resource, error, extra={"sync": sync.sync_id})
            return False
        unseen = seen.lacking(marks) - self._named
        self._named |= unseen
        return bool(unseen)

    def _can_ask(self, sync: SyncCheckpoint, verdict: CompletenessVerdict) -> bool:
        is_whole = verdict.complete and not sync.failed_pages and sync.mode is Mode.FULL
        # A list of one page cannot move between two requests.
        moves = (sync.page_count or 0) > 1 and sync.began_at > 0
        return self._bench.resource.lists_changes and is_whole and moves

    async def _changed(self, sync: SyncCheckpoint) -> set[int]:
        bench = self._bench
        query = ListQuery.of(bench.resource, changed_since(sync.scope, sync.began_at), page=1)
        ask = partial(bench.line.hemis.list_page, query)
        return await bench.line.page(ask, self._marks, self._waiting)

    async def _marks(self, page: Page, _: int) -> set[int]:
        keys = (key_of(self._bench.resource, item) for item in page.items)
        return {mark_of(key) for key in keys if key is not None}

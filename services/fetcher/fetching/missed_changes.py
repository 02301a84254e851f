"""Finds records that changed during a sync and were on none of its pages.

If as many records join as leave between two pages, no count changes. But a record that joined has a
new date: one request after the last page shows it, if HEMIS can list what has changed.
"""

import logging
from dataclasses import dataclass, field

from libs.common.contracts.checkpoints import SyncCheckpoint, record_number
from libs.common.contracts.enums import Mode
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.hemis.requester import Requester, WaitListener
from services.fetcher.publishing.messages import key_of
from services.fetcher.syncs.completeness import CompletenessVerdict
from services.fetcher.syncs.plan import changed_since
from services.fetcher.syncs.seen import SeenRecords

logger = logging.getLogger(__name__)


@dataclass
class MissedChanges:
    """The checks of one sync; the same record causes another pass only once."""

    requester: Requester
    waits: WaitListener
    _found_before: set[int] = field(default_factory=set, init=False)

    async def has_any(
        self, sync: SyncCheckpoint, seen: SeenRecords, verdict: CompletenessVerdict
    ) -> bool:
        """Tell whether a record changed during the sync and was on no page.

        False if HEMIS does not answer: then the counts alone decide. A record that another pass
        did not find either does not belong to the list.
        """
        if not self._can_check(sync, verdict):
            return False
        try:
            changed = await self._changed(sync)
        except HemisError as error:
            text = "HEMIS %s: changes during the sync are unknown, only the counts were checked: %s"
            logger.warning(text, self.requester.resource, error, extra={"sync": sync.sync_id})
            return False
        missed = seen.unseen(changed) - self._found_before
        self._found_before |= missed
        return bool(missed)

    def _can_check(self, sync: SyncCheckpoint, verdict: CompletenessVerdict) -> bool:
        is_whole = verdict.complete and not sync.failed_pages and sync.mode is Mode.FULL
        # A list of one page cannot change between two requests.
        has_pages = (sync.page_count or 0) > 1 and sync.began_at > 0
        return self.requester.resource.lists_changes and is_whole and has_pages

    async def _changed(self, sync: SyncCheckpoint) -> set[int]:
        query = ListQuery(self.requester.resource, changed_since(sync.scope, sync.began_at), page=1)
        return await self.requester.page(query, self._record_numbers, self.waits)

    async def _record_numbers(self, page: Page, _: int) -> set[int]:
        keys = (key_of(self.requester.resource, item) for item in page.items)
        return {record_number(key) for key in keys if key is not None}

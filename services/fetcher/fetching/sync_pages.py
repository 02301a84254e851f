"""Use case: fetch a resource page by page, from the checkpoint to the end of the list."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from msgspec.structs import replace

from libs.common.contracts.checkpoints import SyncCheckpoint, pack_record_numbers
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import SyncFetched
from services.fetcher.checkpoints.bounds import MOST_FAILED_PAGES
from services.fetcher.checkpoints.state import with_decision, with_sync
from services.fetcher.fetching.missed_changes import MissedChanges
from services.fetcher.fetching.reporting import WaitReporter
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.hemis.errors import HemisError, HemisMalformed
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.syncs import events, field_changes, steps
from services.fetcher.syncs.completeness import CompletenessVerdict
from services.fetcher.syncs.seen import PageRead, SeenRecords

logger = logging.getLogger(__name__)


class SyncFailed(Exception):
    """The sync cannot go on, but can be resumed; the text says why."""


@dataclass
class SyncPages:
    """Runs one sync to its end.

    It may be cancelled anywhere: the checkpoint counts, and at most one page is repeated.
    """

    parts: ResourceParts
    sync: SyncCheckpoint
    _page_before: PageRead | None = field(default=None, init=False)
    _event_offset: int = field(default=0, init=False)
    """Offset of the newest ``PageFetched``; 0 before the first one."""

    def __post_init__(self) -> None:
        self._seen = SeenRecords(self.sync, self.parts.state.reads)
        self._waits = WaitReporter(self.parts.reporter, self.sync.sync_id, self.sync.attempt)
        self._missed_changes = MissedChanges(self.parts.requester, self._waits)
        self._losses = self.parts.publisher.losses

    async def run(self) -> None:
        """Fetch and decide; raises as ``FencedProducer.publish``."""
        try:
            await self._check_topic()
            verdict = await self._read_until_decided()
        except SyncFailed as failure:
            await self._end(partial(events.ended, outcome=Outcome.FAILED, reason=str(failure)))
        else:
            await self._end(partial(events.fetched, verdict=verdict))

    async def _check_topic(self) -> None:
        """Restart the sync if the topic lost the records that it builds on."""
        cursor = self.parts.state.checkpoint.cursor if self.sync.mode is Mode.INCREMENTAL else None
        for known in (cursor, self.sync) if cursor else (self.sync,):
            if not await self.parts.record_topic.still_holds(known):
                await self._restart(self.parts.state.checkpoint.last_ce_time)
                return
            self.parts.publisher.expect_ends(known.end_offsets)

    async def _read_until_decided(self) -> CompletenessVerdict:
        while True:
            await self._read_to_last_page()
            await self._retry_failed_pages()
            verdict = self._seen.verdict(self.sync)
            if verdict and not await self._missed_changes.has_any(self.sync, self._seen, verdict):
                return verdict
            # Pages are left if the list grew meanwhile, or if the sync was restarted.
            if verdict or steps.next_page(self.sync) is None:
                if not steps.may_read_again(self.sync):
                    return events.undecided(self.sync)
                self.parts.reporter.pass_begins(self.sync)
                sync = steps.next_pass(self.sync)
                # A missed change proves that the counts did not show every change.
                await self._save(replace(sync, calm=None) if verdict else sync)

    async def _read_to_last_page(self) -> None:
        while (number := steps.next_page(self.sync)) and not self._seen.verdict(self.sync):
            try:
                await self._fetch_page(number)
            except HemisError as error:
                await self._report_failure(number, error)
                await self._skip_page(number, error)

    async def _retry_failed_pages(self) -> None:
        for number in self.sync.failed_pages:
            try:
                await self._fetch_page(number)
            except HemisError as error:
                await self._report_failure(number, error)

    async def _fetch_page(self, number: int) -> None:
        query = ListQuery(self.parts.resource, self.sync.scope, number)
        await self.parts.requester.page(query, partial(self._keep, number), self._waits)

    async def _keep(self, number: int, page: Page, ce_time: int) -> None:
        origin = self.parts.origin(self.sync.sync_id, number, 1, ce_time)
        messages = self.parts.publisher.messages_of(page.items, origin, self._seen.duplicates)
        self._reject_repeated_page(number, page, messages.record_numbers)
        self.parts.fail_point.reached("page-answered")
        published = await self.parts.publisher.publish_messages(messages, origin)
        self.parts.fail_point.reached("page-published")
        if self.parts.publisher.losses != self._losses:
            await self._restart(ce_time)
            return
        asked_at = ce_time // 1000 + round(page.clock_ahead_seconds)
        read = PageRead(
            number, page, messages.record_numbers, published, messages.newest_update, asked_at
        )
        await self._save_page(read, ce_time)
        self.parts.fail_point.reached("page-remembered")
        self._page_before = read
        verdict = self._seen.verdict(self.sync)
        self._event_offset = await self.parts.reporter.page_fetched(self.sync, read, verdict)

    async def _save_page(self, read: PageRead, ce_time: int) -> None:
        after = self._seen.after_page(self._with_retries(), read)
        shapes = field_changes.extended(
            self.parts.state.checkpoint.shapes, self.sync, read.page.items
        )
        await self._save(
            after, pack_record_numbers(read.record_numbers), last_ce_time=ce_time, shapes=shapes
        )

    def _reject_repeated_page(
        self, number: int, page: Page, record_numbers: tuple[int, ...]
    ) -> None:
        """Refuse a page with the records of the page before it, under another number.

        Two cases are legitimate: a page of one record, if somebody joined before it; and the
        last page, which HEMIS also gives for a number beyond it.
        """
        before = self._page_before
        is_beyond = number > page.page_count
        if before is None or number == before.page.number or is_beyond or len(record_numbers) <= 1:
            return
        if record_numbers == before.record_numbers:
            raise HemisMalformed(f"page {number} repeats page {before.number}")

    async def _restart(self, ce_time: int) -> None:
        if self.sync.mode is Mode.INCREMENTAL:
            raise SyncFailed(
                f"the topic {self.parts.record_topic.name} was created again, and an "
                "incremental sync cannot fill it: start a full sync"
            )
        logger.warning("HEMIS %s topic was made anew, beginning again", self.parts.resource)
        self._losses = self.parts.publisher.losses
        self._seen.clear()
        self._page_before = None
        await self._save(steps.restarted(self.sync), last_ce_time=ce_time)

    async def _report_failure(self, number: int, error: HemisError) -> None:
        """Report a failed page; raises SyncFailed if every other page would fail too."""
        await self.parts.reporter.page_failed(self.sync, number, error)
        if error.ends_the_sync:
            raise SyncFailed(f"page {number}: {error}") from error

    async def _skip_page(self, number: int, error: HemisError) -> None:
        if self.sync.page_count is None:
            raise SyncFailed(f"the first page failed: {error}") from error
        await self._save(steps.after_failure(self._with_retries(), number))
        in_a_row = self.sync.failures_in_a_row
        if in_a_row >= self.parts.max_failed_pages_in_a_row:
            raise SyncFailed(f"{in_a_row} pages in a row failed, the last one: {error}") from error
        if len(self.sync.failed_pages) >= MOST_FAILED_PAGES:
            text = f"{MOST_FAILED_PAGES} pages failed, the last one: {error}"
            raise SyncFailed(text) from error

    async def _end(self, event_of: Callable[..., SyncFetched]) -> None:
        sync = self._with_retries()
        decision = event_of(self.parts.resource, sync, at=self.parts.reporter.now())
        await self.parts.state.change(with_decision(sync, decision, self._event_offset))
        await self.parts.reporter.publish(*events.latest_events(self.parts.state.checkpoint))
        self.parts.reporter.sync_ended(sync, decision)

    async def _save(
        self,
        sync: SyncCheckpoint,
        numbers: bytes | None = None,
        **others: Any,  # noqa: ANN401 — fields of Checkpoint
    ) -> None:
        await self.parts.state.change(with_sync(sync, **others), numbers)
        self.sync = sync

    def _with_retries(self) -> SyncCheckpoint:
        return replace(self.sync, retries=self.sync.retries + self._waits.take_retries())

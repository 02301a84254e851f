"""Use case: fetch a resource page by page, from the checkpoint to the end of the list."""

import logging
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.checkpoints import SyncCheckpoint, unpack_keys
from libs.common.contracts.events import PageFailed
from libs.common.contracts.records import RecordOrigin
from libs.common.contracts.words import Outcome
from services.fetcher import steps
from services.fetcher.bench import HEMIS, Bench
from services.fetcher.hemis.errors import HemisError, HemisUnavailable
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.memory import with_decision, with_sync
from services.fetcher.waits import Waits

logger = logging.getLogger(__name__)


class SyncFailed(Exception):
    """The sync cannot go on; it can be resumed. The text says why."""


class SyncPages:
    """Runs the sync that stands in the memory until it is decided.

    It may be cancelled anywhere: what counts is the checkpoint, and a page is at most repeated.
    """

    def __init__(self, bench: Bench, sync: SyncCheckpoint) -> None:
        self._bench = bench
        self._sync = sync
        self._seen = unpack_keys(sync.seen)
        self._waits = Waits(bench, sync.sync_id, sync.attempt)

    async def run(self) -> None:
        """Fetch all pages, give failed ones another chance, decide; raises as ``Outbox``."""
        try:
            await self._first_pass()
            await self._second_pass()
            # Nothing is left to do, unless the topic was made anew in between.
            await self._first_pass()
        except SyncFailed as failure:
            await self._end(Outcome.FAILED, str(failure))
        else:
            await self._end(Outcome.COMPLETED, "")

    async def _first_pass(self) -> None:
        while (number := steps.next_page(self._sync)) is not None:
            try:
                await self._page(number)
            except HemisError as error:
                await self._failed(number, error)
                await self._leave_behind(number, error)

    async def _second_pass(self) -> None:
        for number in self._sync.failed_pages:
            try:
                await self._page(number)
            except HemisError as error:
                await self._failed(number, error)

    async def _page(self, number: int) -> None:
        bench = self._bench
        query = ListQuery.of(bench.resource, self._sync.scope, number)
        ask = partial(bench.line.hemis.list_page, query)
        await bench.line.page(ask, partial(self._keep, number), self._waits)

    async def _keep(self, number: int, page: Page, ce_time: int) -> None:
        bench = self._bench
        published = await bench.publisher.publish(page.items, self._origin(number, ce_time))
        if steps.is_topic_anew(self._sync, published):
            return await self._begin_again(ce_time)
        self._seen.update(published.keys)
        after = steps.after_page(self._with_retries(), number, page, published, self._seen)
        await self._remember(after, ce_time)
        now = bench.clock.now_ms()
        await bench.outbox.say(steps.page_fetched(bench.resource, after, number, self._seen, now))
        bench.dependencies.available(HEMIS)
        bench.metrics.page_fetched(bench.resource, len(published.keys))
        self._log_page(number, len(page.items))
        return None

    async def _begin_again(self, ce_time: int) -> None:
        logger.warning("HEMIS %s topic was made anew, beginning again", self._bench.resource)
        self._seen.clear()
        await self._remember(steps.begun_again(self._sync), ce_time)

    async def _failed(self, number: int, error: HemisError) -> None:
        """Say that a page failed, and end the sync where no other page can fare better."""
        bench = self._bench
        if isinstance(error, HemisUnavailable) or error.ends_the_sync:
            bench.dependencies.away(HEMIS, str(error))
        bench.metrics.page_failed(bench.resource)
        logger.error(
            "HEMIS %s page %d failed: %s", bench.resource, number, error, extra=self._extra()
        )
        await bench.outbox.say(self._page_failed(number, error))
        if error.ends_the_sync:
            raise SyncFailed(f"page {number}: {error}") from error

    async def _leave_behind(self, number: int, error: HemisError) -> None:
        if self._sync.page_count is None:
            raise SyncFailed(f"the first page failed: {error}") from error
        await self._remember(steps.after_failure(self._with_retries(), number))
        if self._sync.failures_in_a_row >= self._bench.rules.max_failed_pages_in_a_row:
            count = self._sync.failures_in_a_row
            raise SyncFailed(f"{count} pages in a row failed, the last one: {error}") from error

    async def _end(self, outcome: Outcome, reason: str) -> None:
        bench = self._bench
        sync = self._with_retries()
        decision = steps.decided(bench.resource, sync, outcome, reason, bench.clock.now_ms())
        await bench.memory.change(with_decision(sync, decision))
        await bench.outbox.say(decision)
        level = logging.INFO if outcome is Outcome.COMPLETED else logging.ERROR
        text = "HEMIS %s fetching %s%s"
        because = f": {reason}" if reason else ""
        logger.log(level, text, bench.resource, outcome, because, extra=self._extra())

    async def _remember(self, sync: SyncCheckpoint, ce_time: int | None = None) -> None:
        moved = {} if ce_time is None else {"last_ce_time": ce_time}
        await self._bench.memory.change(with_sync(sync, **moved))
        self._sync = sync

    def _with_retries(self) -> SyncCheckpoint:
        return replace(self._sync, retries=self._sync.retries + self._waits.taken())

    def _origin(self, number: int, ce_time: int) -> RecordOrigin:
        return RecordOrigin(
            resource=self._bench.resource,
            sync_id=self._sync.sync_id,
            page=number,
            place=1,
            source=self._sync.scope.address,
            ce_time=ce_time,
        )

    def _page_failed(self, number: int, error: HemisError) -> PageFailed:
        return PageFailed(
            sync_id=self._sync.sync_id,
            resource=self._bench.resource,
            at=self._bench.clock.now_ms(),
            attempt=self._sync.attempt,
            page=number,
            code=error.code,
            reason=str(error),
        )

    def _log_page(self, number: int, records: int) -> None:
        page = f"{number}/{self._sync.page_count}"
        extra = {"records": records, **self._extra()}
        logger.info("HEMIS %s page %s fetched", self._bench.resource, page, extra=extra)

    def _extra(self) -> dict[str, object]:
        return {"sync": self._sync.sync_id, "attempt": self._sync.attempt}

"""Use case: fetch a resource page by page, from the checkpoint to the end of the list."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from libs.common.contracts.checkpoints import SyncCheckpoint, pack_marks
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import PageFailed, SyncFetched
from libs.common.contracts.records import RecordOrigin
from services.fetcher.checkpoints.bounds import MOST_FAILED_PAGES
from services.fetcher.checkpoints.state import with_decision, with_sync
from services.fetcher.context import HEMIS, ResourceContext
from services.fetcher.fetching.missed_changes import MissedChanges
from services.fetcher.fetching.same_topic import is_same_topic
from services.fetcher.fetching.waits import WaitReporter
from services.fetcher.hemis.errors import HemisError, HemisMalformed, HemisUnavailable
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.syncs import field_changes, steps
from services.fetcher.syncs.completeness import CompletenessVerdict
from services.fetcher.syncs.seen import PageRead, SeenRecords
from services.fetcher.syncs.steps import newest_of

logger = logging.getLogger(__name__)

_CHANGES_ALONE = (
    "the topic {} was created again, and an incremental sync cannot fill it: start a full sync"
)


class SyncFailed(Exception):
    """The sync cannot go on; it can be resumed. The text says why."""


class SyncPages:
    """Runs the sync that stands in the memory until it is decided.

    It may be cancelled anywhere: what counts is the checkpoint, and a page is at most repeated.
    """

    def __init__(self, bench: ResourceContext, sync: SyncCheckpoint) -> None:
        self._bench = bench
        self._sync = sync
        self._seen = SeenRecords(sync, bench.memory.reads)
        self._before: PageRead | None = None
        self._said_at = 0
        self._waits = WaitReporter(bench, sync.sync_id, sync.attempt)
        self._missed_changes = MissedChanges(bench, self._waits)
        self._losses = bench.publisher.losses

    async def run(self) -> None:
        """Fetch all pages, as often as it takes to have seen all; decide; raises as ``Outbox``."""
        try:
            await self._look_at_topic()
            verdict = await self._verdict()
        except SyncFailed as failure:
            await self._end(partial(steps.ended, outcome=Outcome.FAILED, reason=str(failure)))
        else:
            await self._end(partial(steps.decided, verdict=verdict))

    async def _look_at_topic(self) -> None:
        """Begin again where the topic no longer holds what this sync rests on."""
        bench, sync = self._bench, self._sync
        cursor = bench.memory.checkpoint.cursor if sync.mode is Mode.INCREMENTAL else None
        for known in (cursor, sync) if cursor else (sync,):
            if not await is_same_topic(bench, known):
                return await self._begin_again(bench.memory.checkpoint.last_ce_time)
            bench.publisher.expect(known.end_offsets)
        return None

    async def _verdict(self) -> CompletenessVerdict:
        while True:
            await self._rest_of_lap()
            await self._failed_pages_again()
            verdict = self._seen.verdict(self._sync)
            if verdict and not await self._missed_changes.has_any(self._sync, self._seen, verdict):
                return verdict
            # Pages are left where the list grew meanwhile, or the topic was made anew.
            if verdict or steps.next_page(self._sync) is None:
                if not steps.may_lap_again(self._sync):
                    return steps.undecided(self._sync)
                self._log_lap()
                lap = steps.lap_anew if verdict else steps.next_lap
                await self._remember(lap(self._sync))

    async def _rest_of_lap(self) -> None:
        while (number := steps.next_page(self._sync)) and not self._seen.verdict(self._sync):
            try:
                await self._page(number)
            except HemisError as error:
                await self._failed(number, error)
                await self._leave_behind(number, error)

    async def _failed_pages_again(self) -> None:
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
        origin = self._origin(number, ce_time)
        found = bench.publisher.sorted(page.items, origin, self._seen.duplicates)
        self._refuse_repeated(number, page, found.marks)
        bench.fail_point.reached("page-answered")
        published = await bench.publisher.publish_sorted(found, origin)
        bench.fail_point.reached("page-published")
        if bench.publisher.losses != self._losses:
            return await self._begin_again(ce_time)
        asked_at = ce_time // 1000 + round(page.clock_ahead_seconds)
        read = PageRead(number, page, found.marks, published, found.newest_update, asked_at)
        after = steps.after_page(self._seen.counted(self._with_retries(), read), read)
        shapes = field_changes.extended(bench.memory.checkpoint.shapes, self._sync, page.items)
        marks = pack_marks(found.marks)
        await self._remember(after, marks, last_ce_time=ce_time, shapes=shapes)
        bench.fail_point.reached("page-remembered")
        self._before = read
        await self._tell(read)
        return None

    def _refuse_repeated(self, number: int, page: Page, marks: tuple[int, ...]) -> None:
        """Know a page that is the one before it again, whatever number HEMIS gives it.

        A page of one record can be: somebody joined before it. And so can the last page, which
        HEMIS gave us for one beyond it, and said so.
        """
        before = self._before
        is_inside = (
            before is not None and number != before.page.number and number <= page.page_count
        )
        if is_inside and len(marks) > 1 and before and marks == before.marks:
            raise HemisMalformed(f"page {number} repeats page {before.number}")

    async def _tell(self, read: PageRead) -> None:
        bench, sync, number = self._bench, self._sync, read.number
        verdict, now = self._seen.verdict(sync), bench.clock.now_ms()
        said = steps.page_fetched(bench.resource, sync, number, verdict, now)
        self._said_at = await bench.outbox.say(said)
        bench.readiness.available(HEMIS)
        bench.metrics.page_fetched(bench.resource, len(read.published.keys))
        bench.metrics.suppressed(bench.resource, len(read.published.suppressed))
        self._log_page(number, len(read.page.items))

    async def _begin_again(self, ce_time: int) -> None:
        if self._sync.mode is Mode.INCREMENTAL:
            topic = self._bench.outbox.topics.records(self._bench.resource)
            raise SyncFailed(_CHANGES_ALONE.format(topic))
        logger.warning("HEMIS %s topic was made anew, beginning again", self._bench.resource)
        self._losses = self._bench.publisher.losses
        self._seen.clear()
        self._before = None
        await self._remember(steps.begun_again(self._sync), last_ce_time=ce_time)

    async def _failed(self, number: int, error: HemisError) -> None:
        """Say that a page failed, and end the sync where no other page can fare better."""
        bench = self._bench
        if isinstance(error, HemisUnavailable) or error.ends_the_sync:
            bench.readiness.away(HEMIS, error)
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
        if len(self._sync.failed_pages) >= MOST_FAILED_PAGES:
            text = f"{MOST_FAILED_PAGES} pages failed, the last one: {error}"
            raise SyncFailed(text) from error

    async def _end(self, say: Callable[..., SyncFetched]) -> None:
        bench = self._bench
        sync = self._with_retries()
        decision = say(bench.resource, sync, at=bench.clock.now_ms())
        await bench.memory.change(with_decision(sync, decision, self._said_at))
        await bench.outbox.say(*newest_of(bench.memory.checkpoint))
        text = "HEMIS %s fetching %s%s"
        why = decision.reason or decision.doubt
        because = f": {why}" if why else ""
        level = _level_of(decision)
        logger.log(level, text, bench.resource, decision.outcome, because, extra=self._extra())

    async def _remember(
        self,
        sync: SyncCheckpoint,
        marks: bytes | None = None,
        **others: Any,  # noqa: ANN401 — fields of Checkpoint
    ) -> None:
        await self._bench.memory.change(with_sync(sync, **others), marks)
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

    def _log_lap(self) -> None:
        text = "HEMIS %s list changed while it was read, or counts wrong: reading it again"
        logger.warning(text, self._bench.resource, extra=self._extra())

    def _extra(self) -> dict[str, object]:
        return {"sync": self._sync.sync_id, "attempt": self._sync.attempt}


def _level_of(decision: SyncFetched) -> int:
    if decision.outcome is not Outcome.COMPLETED:
        return logging.ERROR
    return logging.INFO if decision.complete else logging.WARNING

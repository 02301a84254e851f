"""Tells people what the fetcher does: events, log lines, metrics and readiness."""

import logging
from dataclasses import dataclass, field

from libs.common.clock import Clock
from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, PageFailed, SyncFetched, SyncWaiting
from libs.common.contracts.resources import Resource
from libs.common.process.readiness import Readiness
from services.fetcher.hemis.errors import HemisError, HemisRateLimited, HemisUnavailable
from services.fetcher.metrics import Metrics
from services.fetcher.publishing.fenced_producer import FencedProducer
from services.fetcher.syncs import events
from services.fetcher.syncs.completeness import CompletenessVerdict
from services.fetcher.syncs.seen import PageRead

logger = logging.getLogger(__name__)

HEMIS = "hemis"
# A shorter wait is over before anyone reads of it.
_SHORTEST_REPORTED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reporter:
    """Reports the work on one resource; publishing raises as ``FencedProducer.publish``."""

    resource: Resource
    producer: FencedProducer
    readiness: Readiness
    metrics: Metrics
    clock: Clock

    def now(self) -> int:
        """Return unix milliseconds."""
        return self.clock.now_ms()

    async def publish(self, *published: Event) -> int:
        """Publish events; return the last one's offset."""
        return await self.producer.publish_events(*published)

    def hemis_answered(self) -> None:
        self.readiness.available(HEMIS)

    async def page_fetched(
        self, sync: SyncCheckpoint, read: PageRead, verdict: CompletenessVerdict | None
    ) -> int:
        """Return the offset of the event."""
        event = events.page_fetched(self.resource, sync, read.number, verdict, self.now())
        offset = await self.publish(event)
        self.hemis_answered()
        self.metrics.page_fetched(self.resource, read.published)
        extra = {"records": len(read.page.items), **_labels(sync)}
        page = f"{read.number}/{sync.page_count}"
        logger.info("HEMIS %s page %s fetched", self.resource, page, extra=extra)
        return offset

    async def page_failed(self, sync: SyncCheckpoint, number: int, error: HemisError) -> None:
        if isinstance(error, HemisUnavailable) or error.ends_the_sync:
            self.readiness.away(HEMIS, error)
        self.metrics.page_failed(self.resource)
        text = "HEMIS %s page %d failed: %s"
        logger.error(text, self.resource, number, error, extra=_labels(sync))
        await self.publish(
            PageFailed(
                sync_id=sync.sync_id,
                resource=self.resource,
                at=self.now(),
                attempt=sync.attempt,
                page=number,
                code=error.code,
                reason=str(error),
            )
        )

    def pass_begins(self, sync: SyncCheckpoint) -> None:
        text = "HEMIS %s list changed while it was read, or HEMIS miscounts: reading it again"
        logger.warning(text, self.resource, extra=_labels(sync))

    def sync_ended(self, sync: SyncCheckpoint, decision: SyncFetched) -> None:
        """Log the end of a sync; its events are published by the caller."""
        level = logging.INFO if decision.complete else logging.WARNING
        if decision.outcome is not Outcome.COMPLETED:
            level = logging.ERROR
        why = decision.reason or decision.doubt
        because = f": {why}" if why else ""
        text = "HEMIS %s fetching %s%s"
        logger.log(level, text, self.resource, decision.outcome, because, extra=_labels(sync))


@dataclass
class WaitReporter:
    """Reports the waits of one attempt of a sync, and counts its retries."""

    reporter: Reporter
    sync_id: str
    attempt: int
    _retries: int = field(default=0, init=False)

    async def before_retry(self, error: HemisError, seconds: float) -> None:
        self._retries += 1
        self.reporter.metrics.retried(error.code, seconds)
        text = "HEMIS %s request is retried in %.1f s: %s"
        extra = {"sync": self.sync_id, "attempt": self.attempt}
        logger.warning(text, self.reporter.resource, seconds, error, extra=extra)
        await self._report(seconds, error.in_words)

    async def on_hold(self, seconds: float) -> None:
        """Report a wait that HEMIS asked another request for."""
        self.reporter.metrics.waited(HemisRateLimited.code, seconds)
        await self._report(seconds, HemisRateLimited.in_words)

    def take_retries(self) -> int:
        """Return the retries since the last call."""
        retries, self._retries = self._retries, 0
        return retries

    async def _report(self, seconds: float, reason: str) -> None:
        if seconds < _SHORTEST_REPORTED_SECONDS:
            return
        await self.reporter.publish(
            SyncWaiting(
                sync_id=self.sync_id,
                resource=self.reporter.resource,
                at=self.reporter.now(),
                attempt=self.attempt,
                seconds=round(seconds, 1),
                reason=reason,
            )
        )


def _labels(sync: SyncCheckpoint) -> dict[str, object]:
    return {"sync": sync.sync_id, "attempt": sync.attempt}

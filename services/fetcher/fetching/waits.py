"""Telling of waits: people see that a sync waits, for how long and why."""

import logging

from libs.common.contracts.events import SyncWaiting
from services.fetcher.context import ResourceContext
from services.fetcher.hemis.errors import HemisError, HemisRateLimited

logger = logging.getLogger(__name__)

# Below it, telling takes longer to read than the wait lasts.
_WORTH_TELLING_SECONDS = 2.0


class WaitReporter:
    """The waits of one attempt of one sync, counted as retries."""

    def __init__(self, bench: ResourceContext, sync_id: str, attempt: int) -> None:
        self._bench = bench
        self._sync_id = sync_id
        self._attempt = attempt
        self.retries = 0

    async def before_retry(self, error: HemisError, seconds: float) -> None:
        self.retries += 1
        self._bench.metrics.retried(error.code, seconds)
        text = "HEMIS %s asked again in %.1f s: %s"
        extra = {"sync": self._sync_id, "attempt": self._attempt}
        logger.warning(text, self._bench.resource, seconds, error, extra=extra)
        await self._tell(seconds, error.in_words)

    async def while_held(self, seconds: float) -> None:
        """Tell of a wait that another request was asked for."""
        self._bench.metrics.waited(HemisRateLimited.code, seconds)
        await self._tell(seconds, HemisRateLimited.in_words)

    def taken(self) -> int:
        """Return the retries since this was last asked."""
        retries, self.retries = self.retries, 0
        return retries

    async def _tell(self, seconds: float, reason: str) -> None:
        if seconds < _WORTH_TELLING_SECONDS:
            return
        await self._bench.outbox.say(
            SyncWaiting(
                sync_id=self._sync_id,
                resource=self._bench.resource,
                at=self._bench.clock.now_ms(),
                attempt=self._attempt,
                seconds=round(seconds, 1),
                reason=reason,
            )
        )

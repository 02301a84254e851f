"""Deletes dead letters whose people were fetched again and loaded, or erased."""

import logging

from libs.common.process.lifecycle import Stop
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.dead_letters.index import DeadLetterIndex
from services.gateway.dead_letters.retries import dead_letters_of, finished_retries, resolved_by
from services.gateway.errors import NotNow
from services.gateway.live.live_view import LiveView

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.5


class DeadLetterCleanup:
    """Runs in every gateway: deleting a dead letter twice does no harm."""

    def __init__(self, index: DeadLetterIndex, view: LiveView, publisher: CommandPublisher) -> None:
        self._index = index
        self._view = view
        self._publisher = publisher
        self._handled_retries: set[str] = set()

    async def run(self, stop: Stop) -> None:
        while not await stop.wait(_POLL_SECONDS):
            if self._index.caught_up and self._view.caught_up:
                await self.run_once()

    async def run_once(self) -> None:
        """Delete what is resolved; what Kafka does not confirm is tried again by the next run."""
        finished = finished_retries(self._view.projection)
        new = [sync for _, sync in finished if sync.sync_id not in self._handled_retries]
        # Every time, since a loader with a lost database publishes old dead letters again.
        resolved = {name for name, _ in finished if self._index.find(name)}
        resolved |= resolved_by(new, self._index) if new else set()
        # Every time too: a loader that lags behind publishes theirs after the erasure.
        erased = self._view.projection.erasures.erased_people
        resolved |= dead_letters_of(self._index, erased) if erased else set()
        try:
            await self._delete(resolved)
        except NotNow as error:
            logger.warning("resolved dead letters not deleted yet: %s", error)
        else:
            self._handled_retries.update(sync.sync_id for sync in new)

    async def _delete(self, dead_letter_ids: set[str]) -> None:
        if not dead_letter_ids:
            return
        await self._publisher.delete_dead_letters(sorted(dead_letter_ids))
        for dead_letter_id in dead_letter_ids:
            self._index.remove(dead_letter_id)
        logger.info("HEMIS dead letters resolved", extra={"dead_letters": len(dead_letter_ids)})

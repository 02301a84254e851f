"""Take letters off the desk whose people were fetched again and loaded, or erased."""

import logging

from libs.common.process.lifecycle import Stop
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.dead_letters.index import DeadLetterIndex
from services.gateway.dead_letters.retries import (
    earlier_letters,
    finished_retries,
    letters_of,
)
from services.gateway.errors import NotNow
from services.gateway.live.live_view import LiveView

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5


class DeadLetterCleanup:
    """Every gateway does it, by what the topics say: a letter is put away twice at no harm."""

    def __init__(self, letters: DeadLetterIndex, view: LiveView, outbox: CommandPublisher) -> None:
        self._letters = letters
        self._view = view
        self._outbox = outbox
        self._swept: set[str] = set()

    async def run(self, stop: Stop) -> None:
        while not await stop.wait(_LOOK_SECONDS):
            if self._letters.caught_up and self._view.caught_up:
                await self.settle()

    async def settle(self) -> None:
        """Look once; where Kafka does not confirm, the next look tries again."""
        finished = finished_retries(self._view.projection)
        fresh = [sync for _, sync in finished if sync.sync_id not in self._swept]
        # A lost database buries old letters once more, so each is looked at again and again.
        again = {letter_id for letter_id, _ in finished if self._letters.find(letter_id)}
        dealt_with = again | (earlier_letters(self._letters, fresh) if fresh else set())
        # Again and again, too: a loader that is behind buries theirs after the erasure.
        erased = self._view.projection.erasures.people
        dealt_with |= letters_of(self._letters, erased) if erased else set()
        try:
            await self._put_away(dealt_with)
        except NotNow as error:
            logger.warning("dead letters stay on the desk for now: %s", error)
        else:
            self._swept.update(sync.sync_id for sync in fresh)

    async def _put_away(self, letter_ids: set[str]) -> None:
        if not letter_ids:
            return
        await self._outbox.put_away(sorted(letter_ids))
        for letter_id in letter_ids:
            self._letters.put_away(letter_id)
        logger.info("HEMIS dead letters dealt with", extra={"letters": len(letter_ids)})

"""Use cases: list dead letters, fetch their records again, discard them."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from libs.common.contracts.commands import FetchRecords, WantedRecord, command_fields
from libs.common.contracts.enums import Trigger
from libs.common.contracts.sync_ids import retried_sync_id
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.dead_letters.index import DeadLetterIndex, IndexedDeadLetter, Person
from services.gateway.dead_letters.retries import RetryStates
from services.gateway.dead_letters.schemas import DeadLetterFilter, RetryAsked
from services.gateway.errors import NotCaughtUp, NotRetryable, UnknownDeadLetter
from services.gateway.live.live_view import LiveView
from services.gateway.projection.sync_state import SyncState

logger = logging.getLogger(__name__)

# The fetcher accepts 500 open requests per resource.
MOST_PEOPLE = 100
_NOT_STARTED = {
    "retrying": "under way already",
    "discard_only": "without a usable id, can only be discarded",
    "left": "left for another call",
}


class DeadLetterService:
    """Works on the index; ``prefix`` is the prefix of the topics."""

    def __init__(
        self, prefix: str, index: DeadLetterIndex, view: LiveView, publisher: CommandPublisher
    ) -> None:
        self._prefix = prefix
        self._index = index
        self._view = view
        self._publisher = publisher

    def retry_states(self) -> RetryStates:
        """Return the states of all retries; raises NotCaughtUp."""
        if not self._index.caught_up:
            raise NotCaughtUp
        return RetryStates(self._index, self._view.projection, self._view.now())

    def find(self, dead_letter_id: str) -> IndexedDeadLetter:
        found = self._index.find(dead_letter_id)
        if found is None:
            raise UnknownDeadLetter(dead_letter_id)
        return found

    def matching(
        self, wanted: DeadLetterFilter, retry_states: RetryStates
    ) -> Iterator[IndexedDeadLetter]:
        """Yield the matching dead letters, newest first."""
        state = wanted.state
        for one in self._index:
            if wanted.matches(one) and (state is None or state is retry_states.state_of(one)):
                yield one

    async def retry(self, dead_letter_id: str, requested_by: str | None = None) -> SyncState:
        """Fetch a dead letter's record again, unless that is already running."""
        retry_states = self.retry_states()
        dead_letter = self.find(dead_letter_id)
        if dead_letter.person is None:
            raise NotRetryable(dead_letter_id)
        running = retry_states.running_retry(dead_letter)
        if running is not None:
            return running
        retry = retry_states.of(dead_letter).attempts + 1
        return await self._fetch(dead_letter, dead_letter.person, retry, requested_by)

    async def retry_matching(
        self, wanted: DeadLetterFilter, requested_by: str | None = None
    ) -> RetryAsked:
        """Fetch the people of all matching dead letters again, at most ``MOST_PEOPLE``."""
        retry_states = self.retry_states()
        found = list(self.matching(wanted, retry_states))
        open_ones = [one for one in found if retry_states.running_retry(one) is None]
        people = _by_person(open_ones)
        chosen = list(islice(people.items(), MOST_PEOPLE))
        syncs = [
            await self._fetch(newest, person, retry_states.of(newest).attempts + 1, requested_by)
            for person, (newest, *_) in chosen
        ]
        started = sum(len(dead_letters) for _, dead_letters in chosen)
        discard_only = sum(one.person is None for one in found)
        left = len(open_ones) - started - discard_only
        counts = {
            "asked": started,
            "retrying": len(found) - len(open_ones),
            "discard_only": discard_only,
            "left": left,
        }
        sync_ids = [sync.sync_id for sync in syncs]
        return RetryAsked(**counts, sync_ids=sync_ids, message=_message(counts))

    async def discard(self, dead_letter_id: str) -> None:
        """Delete a dead letter without loading its record."""
        self.retry_states()
        dead_letter = self.find(dead_letter_id)
        await self._publisher.delete_dead_letters([dead_letter_id])
        self._index.remove(dead_letter_id)
        logger.info(
            "HEMIS %s dead letter discarded",
            dead_letter.resource,
            extra={"dead_letter": dead_letter_id},
        )

    async def _fetch(
        self, dead_letter: IndexedDeadLetter, person: Person, retry: int, requested_by: str | None
    ) -> SyncState:
        """Request the person's record; the same retry is always the same sync."""
        resource, hemis_id = person
        sync_id = retried_sync_id(self._prefix, dead_letter.dead_letter_id, retry)
        if self._view.find(sync_id) is None:
            command = FetchRecords(
                **command_fields(resource, sync_id, self._view.now(), requested_by),
                records=(WantedRecord(hemis_id=hemis_id),),
                trigger=Trigger.RETRY,
                dead_letter_id=dead_letter.dead_letter_id,
                retry=retry,
            )
            await self._publisher.send_command(command)
        return self._view.require(sync_id)


def _message(counts: Mapping[str, int]) -> str:
    others = [f"{counts[name]} {text}" for name, text in _NOT_STARTED.items() if counts[name]]
    return "; ".join([f"{counts['asked']} fetched from HEMIS again", *others])


def _by_person(dead_letters: Iterable[IndexedDeadLetter]) -> dict[Person, list[IndexedDeadLetter]]:
    """Group by person, newest first: one answer of HEMIS resolves all of a person's."""
    people: dict[Person, list[IndexedDeadLetter]] = {}
    for one in dead_letters:
        if one.person is not None:
            people.setdefault(one.person, []).append(one)
    return people

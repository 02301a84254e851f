"""Use case: look at dead letters, have their records fetched again, discard them."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.dead_letters.index import DeadLetterIndex, IndexedDeadLetter, Person
from services.gateway.dead_letters.retries import RetryStates
from services.gateway.dead_letters.schemas import LetterFilter
from services.gateway.errors import NotCaughtUp, NotRetryable, UnknownDeadLetter
from services.gateway.live.live_view import LiveView
from services.gateway.projection.sync_state import SyncState

logger = logging.getLogger(__name__)

# The fetcher takes 500 open requests of a resource.
MOST_ASKED = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """How many letters a retry of many was about; all four are apart from each other."""

    asked: int
    retrying: int
    discard_only: int
    left: int
    syncs: tuple[SyncState, ...]


class DeadLetterService:
    """Of one gateway; what it is made of is shared with whoever follows the topic."""

    def __init__(
        self,
        letters: DeadLetterIndex,
        view: LiveView,
        requests: SyncRequests,
        outbox: CommandPublisher,
    ) -> None:
        self._letters = letters
        self._view = view
        self._requests = requests
        self._outbox = outbox

    def asked_by(self, requests: SyncRequests) -> "DeadLetterService":
        """Give the same desk, asking for records as one caller's requests do."""
        return DeadLetterService(self._letters, self._view, requests, self._outbox)

    def fates(self) -> RetryStates:
        """Give what became of all retries; raises NotCaughtUp."""
        if not (self._letters.caught_up and self._view.caught_up):
            raise NotCaughtUp
        return RetryStates(self._letters, self._view.projection, self._view.now())

    def find(self, letter_id: str) -> IndexedDeadLetter:
        letter = self._letters.find(letter_id)
        if letter is None:
            raise UnknownDeadLetter(letter_id)
        return letter

    def matching(self, wanted: LetterFilter, fates: RetryStates) -> Iterator[IndexedDeadLetter]:
        """Give letters newest first."""
        state = wanted.state
        for letter in self._letters:
            if wanted.fits(letter) and (state is None or state is fates.state_of(letter)):
                yield letter

    async def retry(self, letter_id: str) -> SyncState:
        """Ask HEMIS for a letter's record again; while that is under way, nothing more."""
        fates = self.fates()
        letter = self.find(letter_id)
        if letter.person is None:
            raise NotRetryable(letter_id)
        under_way = fates.under_way(letter)
        if under_way is not None:
            return under_way
        return await self._ask(letter, letter.person, fates.of(letter).attempts + 1)

    async def retry_all(self, wanted: LetterFilter) -> Asked:
        """Ask for the people of all letters that match, ``MOST_ASKED`` at a time."""
        fates = self.fates()
        found = list(self.matching(wanted, fates))
        buried = [letter for letter in found if fates.under_way(letter) is None]
        people = _by_person(buried)
        chosen = list(islice(people.items(), MOST_ASKED))
        syncs = [
            await self._ask(letters[0], person, fates.of(letters[0]).attempts + 1)
            for person, letters in chosen
        ]
        asked = sum(len(letters) for _, letters in chosen)
        discard_only = sum(letter.person is None for letter in found)
        left = len(buried) - asked - discard_only
        return Asked(asked, len(found) - len(buried), discard_only, left, tuple(syncs))

    async def discard(self, letter_id: str) -> IndexedDeadLetter:
        """Say that nobody will deal with it any more."""
        self.fates()
        letter = self.find(letter_id)
        await self._outbox.put_away([letter_id])
        self._letters.put_away(letter_id)
        logger.info(
            "HEMIS %s dead letter discarded", letter.resource, extra={"dead_letter": letter_id}
        )
        return letter

    async def _ask(self, letter: IndexedDeadLetter, person: Person, retry: int) -> SyncState:
        return await self._requests.retry(*person, letter.letter_id, retry)


def _by_person(letters: Iterable[IndexedDeadLetter]) -> dict[Person, list[IndexedDeadLetter]]:
    """Group them, since one answer of HEMIS deals with all of a person's; newest first."""
    people: dict[Person, list[IndexedDeadLetter]] = {}
    for letter in letters:
        if letter.person is not None:
            people.setdefault(letter.person, []).append(letter)
    return people

"""What became of the retries of dead letters. Pure: the time is an argument.

A retry is a single sync of the letter's person. Once the loader has reported it, the letter is
dealt with, and so is every earlier one of that person: what was fetched is newer than all of them.
If it was rejected again, a new letter under the retry's own sync says so, and counts on.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum

from libs.common.contracts.events import SyncFinished
from services.gateway.dead_letters.index import DeadLetterIndex, IndexedDeadLetter, Person
from services.gateway.projection.projection import Projection
from services.gateway.projection.status import Status, status_of
from services.gateway.projection.sync_state import SyncState


class LetterState(StrEnum):
    BURIED = "buried"
    RETRYING = "retrying"


@dataclass(frozen=True, slots=True)
class RetryState:
    """How often a letter's record was retried, and what is known of the last time."""

    state: LetterState
    attempts: int
    last_retry: SyncState | None


class RetryStates:
    """Of all letters at one moment."""

    def __init__(self, letters: DeadLetterIndex, projection: Projection, now: int) -> None:
        self._projection = projection
        self._now = now
        self._asked = {
            letter.person: sync
            for letter_id, sync in projection.retried()
            if (letter := letters.find(letter_id)) is not None and self._is_under_way(sync)
        }

    def of(self, letter: IndexedDeadLetter) -> RetryState:
        retries = self._projection.retries(letter.letter_id)
        last = max(retries, key=lambda sync: sync.retry, default=None)
        # Rejected again: the letter of a retry counts on where the one before it ended.
        origin = self._projection.find(letter.sync_id)
        inherited = origin.retry if origin is not None else 0
        attempts = last.retry if last is not None else inherited
        return RetryState(self.state_of(letter), attempts, self.under_way(letter) or last)

    def under_way(self, letter: IndexedDeadLetter) -> SyncState | None:
        """Give the retry that will deal with it; perhaps that of the same person's other letter."""
        return self._asked.get(letter.person) if self._asked else None

    def state_of(self, letter: IndexedDeadLetter) -> LetterState:
        return LetterState.BURIED if self.under_way(letter) is None else LetterState.RETRYING

    def _is_under_way(self, sync: SyncState) -> bool:
        """Tell whether it is being fetched or loaded, or its letter just about to be put away."""
        status = status_of(sync, self._now)
        return status.active or status is Status.COMPLETED


def finished_retries(projection: Projection) -> list[tuple[str, SyncState]]:
    """Give the retries that the loader has reported, with their letters' ids."""
    return [
        (letter_id, sync)
        for letter_id, sync in projection.retried()
        if sync.facts.get(SyncFinished) is not None
    ]


def letters_of(letters: DeadLetterIndex, people: Container[Person | None]) -> set[str]:
    """Name all letters of these people."""
    return {letter.letter_id for letter in letters if letter.person in people}


def earlier_letters(letters: DeadLetterIndex, retries: Iterable[SyncState]) -> set[str]:
    """Name the letters of the fetched people that were buried before those were asked for."""
    asked_at: dict[Person, int] = {}
    for sync in retries:
        finished = sync.facts.get(SyncFinished)
        for hemis_id in finished.hemis_ids if finished is not None else ():
            person = (sync.resource, hemis_id)
            asked_at[person] = max(asked_at.get(person, 0), sync.asked_at or sync.started_at or 0)
    return {
        letter.letter_id
        for letter in letters
        if letter.person is not None and letter.buried_at < asked_at.get(letter.person, 0)
    }

"""The state of the retries of dead letters. Pure: the time is an argument.

A retry is a sync of a single record, for the dead letter's person. Once the loader has reported it,
this dead letter and every earlier one of the person are resolved: the fetched record is newer. If
the record is rejected again, a new dead letter names the retry as its sync.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum

from libs.common.contracts.events import SyncFinished
from services.gateway.dead_letters.index import DeadLetterIndex, IndexedDeadLetter, Person
from services.gateway.projection.projection import Projection
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.status import Status, status_of


class DeadLetterState(StrEnum):
    OPEN = "buried"
    RETRYING = "retrying"


@dataclass(frozen=True, slots=True)
class RetryState:
    """How often a dead letter's record was fetched again, and the last such sync."""

    state: DeadLetterState
    attempts: int
    last_retry: SyncState | None


class RetryStates:
    """The retry state of every dead letter at one moment."""

    def __init__(self, index: DeadLetterIndex, projection: Projection, now: int) -> None:
        self._projection = projection
        self._now = now
        self._running = {
            dead_letter.person: sync
            for dead_letter_id, sync in projection.all_retries()
            if (dead_letter := index.find(dead_letter_id)) is not None and self._is_running(sync)
        }

    def of(self, dead_letter: IndexedDeadLetter) -> RetryState:
        retries = self._projection.retries_of(dead_letter.dead_letter_id)
        last = max(retries, key=lambda sync: sync.retry, default=None)
        # A dead letter of a retry counts on from the number of that retry.
        origin = self._projection.find(dead_letter.sync_id)
        earlier = origin.retry if origin is not None else 0
        attempts = last.retry if last is not None else earlier
        state = self.state_of(dead_letter)
        return RetryState(state, attempts, self.running_retry(dead_letter) or last)

    def running_retry(self, dead_letter: IndexedDeadLetter) -> SyncState | None:
        """Return the retry that will resolve it, perhaps of another dead letter of the person."""
        return self._running.get(dead_letter.person) if self._running else None

    def state_of(self, dead_letter: IndexedDeadLetter) -> DeadLetterState:
        is_open = self.running_retry(dead_letter) is None
        return DeadLetterState.OPEN if is_open else DeadLetterState.RETRYING

    def _is_running(self, sync: SyncState) -> bool:
        """Return whether it is being fetched or loaded, or its dead letter about to be deleted."""
        status = status_of(sync, self._now)
        return status.active or status is Status.COMPLETED


def finished_retries(projection: Projection) -> list[tuple[str, SyncState]]:
    """Return the retries that the loader has reported, each with its dead letter's id."""
    return [
        (dead_letter_id, sync)
        for dead_letter_id, sync in projection.all_retries()
        if sync.facts.get(SyncFinished) is not None
    ]


def dead_letters_of(index: DeadLetterIndex, people: Container[Person | None]) -> set[str]:
    """Return the ids of all dead letters of these people."""
    return {one.dead_letter_id for one in index if one.person in people}


def resolved_by(retries: Iterable[SyncState], index: DeadLetterIndex) -> set[str]:
    """Return the dead letters of the fetched people that are older than the request for them."""
    requested_at: dict[Person, int] = {}
    for sync in retries:
        finished = sync.facts.get(SyncFinished)
        at = sync.requested_at or sync.started_at or 0
        for hemis_id in finished.hemis_ids if finished is not None else ():
            person = (sync.resource, hemis_id)
            requested_at[person] = max(requested_at.get(person, 0), at)
    return {
        one.dead_letter_id
        for one in index
        if one.person is not None and one.buried_at < requested_at.get(one.person, 0)
    }

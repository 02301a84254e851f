"""Every erasure, as an audit needs it. Pure: no I/O, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.events import ErasureLoaded, ErasureRefused, RecordErased
from libs.common.contracts.resources import Resource

ErasureEvent = RecordErased | ErasureLoaded | ErasureRefused


class ErasureState(StrEnum):
    REQUESTED = "requested"
    WAITING = "waiting"
    ERASED = "erased"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(slots=True, eq=False)
class Erasure:
    """One erasure, folded from its command and its events."""

    erasure_id: str
    resource: Resource
    command: EraseRecord | None = None
    erased: RecordErased | None = None
    loaded: ErasureLoaded | None = None
    refused: ErasureRefused | None = None

    @property
    def at(self) -> int:
        """When it was requested; without the command, the time of its first event."""
        if self.command is not None:
            return self.command.issued_at
        events = (self.erased, self.refused, self.loaded)
        return min(event.at for event in events if event is not None)

    @property
    def requested_by(self) -> str | None:
        message = self.erased or self.command
        return message.requested_by if message is not None else None

    def state(self, now: int) -> ErasureState:
        if self.erased is not None:
            return ErasureState.ERASED if self._is_gone_from_tables() else ErasureState.WAITING
        if self.refused is not None:
            return ErasureState.REFUSED
        is_open = self.command is not None and now < self.command.expires_at
        return ErasureState.REQUESTED if is_open else ErasureState.EXPIRED

    @property
    def was_requested(self) -> bool:
        """False for a loader's confirmation of a person who was erased earlier."""
        return (self.command or self.erased or self.refused) is not None

    @property
    def remaining_row_reason(self) -> str:
        """Why a row is left in the tables; empty if none is, or if the loader did not answer."""
        return self.loaded.reason if self.loaded is not None else ""

    def _is_gone_from_tables(self) -> bool:
        confirmed = self.loaded is not None and not self.loaded.reason
        return confirmed or (self.erased is not None and not self.erased.loader_confirms)

    def fold_event(self, event: ErasureEvent) -> bool:
        """Fold an event; return whether it says anything new. The earliest of a kind counts.

        Of the loader's answers the newest counts, as it tries again.
        """
        before = (self.erased, self.refused, self.loaded)
        match event:
            case RecordErased():
                self.erased = min(self.erased or event, event, key=attrgetter("at"))
            case ErasureRefused():
                self.refused = min(self.refused or event, event, key=attrgetter("at"))
            case ErasureLoaded():
                self.loaded = max(
                    self.loaded or event, event, key=lambda one: (one.at, not one.reason)
                )
        return _reasons(before) != _reasons((self.erased, self.refused, self.loaded))


def _reasons(events: tuple[ErasureEvent | None, ...]) -> list[str | None]:
    """Return the content without the times: a repeated event says nothing new."""
    return [None if event is None else getattr(event, "reason", "") for event in events]


class ErasureLog:
    """Gives the same answers for any order and any repetition of the same messages."""

    def __init__(self) -> None:
        self._erasures: dict[str, Erasure] = {}
        self.erased_people: set[tuple[Resource, int]] = set()

    def fold_command(self, command: EraseRecord) -> bool:
        """Fold a command; return whether it is new."""
        erasure = self._erasure(command.sync_id, command.resource)
        new = erasure.command is None
        erasure.command = min(erasure.command or command, command, key=attrgetter("issued_at"))
        return new

    def fold_event(self, event: ErasureEvent) -> bool:
        """Fold an event; return whether it says anything new."""
        if isinstance(event, RecordErased):
            self.erased_people.add((event.resource, event.hemis_id))
        return self._erasure(event.sync_id, event.resource).fold_event(event)

    def find(self, erasure_id: str) -> Erasure | None:
        found = self._erasures.get(erasure_id)
        return found if found is not None and found.was_requested else None

    def all(self) -> Iterable[Erasure]:
        return [one for one in self._erasures.values() if one.was_requested]

    def forget(self, before: int) -> None:
        """Drop what the topics no longer keep; dead letters are kept no longer either."""
        self._erasures = {name: one for name, one in self._erasures.items() if one.at >= before}
        erased = (one.erased for one in self._erasures.values())
        self.erased_people = {(one.resource, one.hemis_id) for one in erased if one is not None}

    def _erasure(self, erasure_id: str, resource: Resource) -> Erasure:
        return self._erasures.setdefault(erasure_id, Erasure(erasure_id, resource))

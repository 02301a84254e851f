"""What is known of erasures: the record that an audit asks for. Pure: no I/O, no clock."""

from collections.abc import Iterable
from enum import StrEnum

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.events import ErasureLoaded, ErasureRefused, RecordErased
from libs.common.contracts.resources import Resource

Told = RecordErased | ErasureLoaded | ErasureRefused


class ErasureState(StrEnum):
    REQUESTED = "requested"
    WAITING = "waiting"
    ERASED = "erased"
    REFUSED = "refused"
    EXPIRED = "expired"


class Erasure:
    """One, folded from its command and its events; of several of a kind the earliest counts."""

    __slots__ = ("asked", "erased", "erasure_id", "loaded", "refused", "resource")

    def __init__(self, erasure_id: str, resource: Resource) -> None:
        self.erasure_id = erasure_id
        self.resource = resource
        self.asked: EraseRecord | None = None
        self.erased: RecordErased | None = None
        self.loaded: ErasureLoaded | None = None
        self.refused: ErasureRefused | None = None

    @property
    def at(self) -> int:
        """When it was asked for; else when it is first known to have been under way."""
        if self.asked is not None:
            return self.asked.issued_at
        told = (self.erased, self.refused, self.loaded)
        return min(one.at for one in told if one is not None)

    @property
    def requested_by(self) -> str | None:
        told = self.erased or self.asked
        return told.requested_by if told is not None else None

    def state(self, now: int) -> ErasureState:
        if self.erased is not None:
            return ErasureState.ERASED if self._tables_are_free() else ErasureState.WAITING
        if self.refused is not None:
            return ErasureState.REFUSED
        is_open = self.asked is not None and now < self.asked.expires_at
        return ErasureState.REQUESTED if is_open else ErasureState.EXPIRED

    @property
    def is_known(self) -> bool:
        """Tell whether it was asked for: loaders also confirm people who were erased before."""
        return (self.asked or self.erased or self.refused) is not None

    @property
    def waits_for(self) -> str:
        """Why a row is left in the tables; empty where none is, or the loader has not answered."""
        return self.loaded.reason if self.loaded is not None else ""

    def _tables_are_free(self) -> bool:
        confirmed = self.loaded is not None and not self.loaded.reason
        return confirmed or (self.erased is not None and not self.erased.loader_confirms)

    def tell(self, told: Told) -> bool:
        """Fold an event in; tell whether it said anything new."""
        before = (self.erased, self.refused, self.loaded)
        match told:
            case RecordErased():
                self.erased = min(self.erased or told, told, key=_at)
            case ErasureRefused():
                self.refused = min(self.refused or told, told, key=_at)
            case ErasureLoaded():
                self.loaded = max(self.loaded or told, told, key=_newest)
        return _reasons(before) != _reasons((self.erased, self.refused, self.loaded))


def _at(told: Told) -> int:
    return told.at


def _newest(told: ErasureLoaded) -> tuple[int, bool]:
    return told.at, not told.reason


def _reasons(told: tuple[Told | None, ...]) -> list[str | None]:
    """Return what was said, not when, as a repetition says nothing new."""
    return [None if one is None else getattr(one, "reason", "") for one in told]


class Erasures:
    """Any order and any repetition of the same messages gives the same answers."""

    def __init__(self) -> None:
        self._erasures: dict[str, Erasure] = {}
        self.people: set[tuple[Resource, int]] = set()
        """Of whom nothing is to be kept."""

    def ask(self, command: EraseRecord) -> bool:
        """Fold a command in; tell whether it said anything new."""
        erasure = self._erasure(command.sync_id, command.resource)
        new = erasure.asked is None
        erasure.asked = min(erasure.asked or command, command, key=lambda one: one.issued_at)
        return new

    def tell(self, told: Told) -> bool:
        """Fold an event in; tell whether it said anything new."""
        if isinstance(told, RecordErased):
            self.people.add((told.resource, told.hemis_id))
        return self._erasure(told.sync_id, told.resource).tell(told)

    def find(self, erasure_id: str) -> Erasure | None:
        found = self._erasures.get(erasure_id)
        return found if found is not None and found.is_known else None

    def all(self) -> Iterable[Erasure]:
        return [one for one in self._erasures.values() if one.is_known]

    def forget(self, before: int) -> None:
        """Drop what the topics have dropped; dead letters are kept no longer than this."""
        self._erasures = {name: one for name, one in self._erasures.items() if one.at >= before}
        erased = (one.erased for one in self._erasures.values())
        self.people = {(one.resource, one.hemis_id) for one in erased if one is not None}

    def _erasure(self, erasure_id: str, resource: Resource) -> Erasure:
        return self._erasures.setdefault(erasure_id, Erasure(erasure_id, resource))

"""What is known of erasures: the record that an audit asks for. Pure: no I/O, no clock."""

from collections.abc import Iterable
from enum import StrEnum

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.erasures import ErasureRefused, RecordErased
from libs.common.contracts.resources import Resource

Told = RecordErased | ErasureRefused


class ErasureState(StrEnum):
    REQUESTED = "requested"
    ERASED = "erased"
    REFUSED = "refused"
    EXPIRED = "expired"


class Erasure:
    """One, folded from its command and its events; of several of a kind the earliest counts."""

    __slots__ = ("asked", "erased", "erasure_id", "refused", "resource")

    def __init__(self, erasure_id: str, resource: Resource) -> None:
        self.erasure_id = erasure_id
        self.resource = resource
        self.asked: EraseRecord | None = None
        self.erased: RecordErased | None = None
        self.refused: ErasureRefused | None = None

    @property
    def at(self) -> int:
        """When it was asked for; else when it is first known to have been under way."""
        if self.asked is not None:
            return self.asked.issued_at
        return min(told.at for told in (self.erased, self.refused) if told is not None)

    @property
    def requested_by(self) -> str | None:
        told = self.erased or self.asked
        return told.requested_by if told is not None else None

    def state(self, now: int) -> ErasureState:
        if self.erased is not None:
            return ErasureState.ERASED
        if self.refused is not None:
            return ErasureState.REFUSED
        is_open = self.asked is not None and now < self.asked.expires_at
        return ErasureState.REQUESTED if is_open else ErasureState.EXPIRED

    def tell(self, told: Told) -> None:
        if isinstance(told, RecordErased):
            self.erased = min(self.erased or told, told, key=lambda one: one.at)
        else:
            self.refused = min(self.refused or told, told, key=lambda one: one.at)


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
        erasure = self._erasure(told.sync_id, told.resource)
        new = erasure.erased is None and erasure.refused is None
        erasure.tell(told)
        if isinstance(told, RecordErased):
            self.people.add((told.resource, told.hemis_id))
        return new

    def find(self, erasure_id: str) -> Erasure | None:
        return self._erasures.get(erasure_id)

    def all(self) -> Iterable[Erasure]:
        return self._erasures.values()

    def forget(self, before: int) -> None:
        """Drop what the topics have dropped; dead letters are kept no longer than this."""
        self._erasures = {name: one for name, one in self._erasures.items() if one.at >= before}
        erased = (one.erased for one in self._erasures.values())
        self.people = {(one.resource, one.hemis_id) for one in erased if one is not None}

    def _erasure(self, erasure_id: str, resource: Resource) -> Erasure:
        return self._erasures.setdefault(erasure_id, Erasure(erasure_id, resource))

"""How many keys of a sync were inserted, updated, unchanged or rejected."""

from typing import NamedTuple, Protocol, Self


class HasCounts(Protocol):
    """An event that carries the four counts."""

    @property
    def inserted(self) -> int: ...
    @property
    def updated(self) -> int: ...
    @property
    def unchanged(self) -> int: ...
    @property
    def rejected(self) -> int: ...


class SyncCounts(NamedTuple):
    """The keys of a sync by their outcome in the tables."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, event: HasCounts | None) -> Self:
        """Take the counts of an event; zeros where there is none."""
        if event is None:
            return cls()
        return cls(event.inserted, event.updated, event.unchanged, event.rejected)

    @property
    def total(self) -> int:
        return sum(self)

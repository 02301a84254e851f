"""The counts of a sync, and the equations that its numbers must satisfy. Pure."""

from typing import NamedTuple, Self

import msgspec

from libs.common.contracts.events import RecordsLoaded, SyncFetched, SyncFinished

Numbers = SyncFetched | SyncFinished
_Sides = tuple[tuple[str, ...], tuple[str, ...]]

_OF_FETCHING: dict[str, _Sides] = {
    "fetched": (("fetched",), ("distinct", "repeated")),
    "source": (("source_total", "departed"), ("distinct", "missing", "suppressed")),
}
_OF_LOADING: dict[str, _Sides] = {
    "fate": (("distinct",), ("inserted", "updated", "unchanged", "rejected"))
}


class SyncCounts(NamedTuple):
    """The keys of a sync by their outcome in the tables."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, event: RecordsLoaded | SyncFinished | None) -> Self:
        """Take the counts of an event; zeros where there is none."""
        if event is None:
            return cls()
        return cls(event.inserted, event.updated, event.unchanged, event.rejected)

    @property
    def total(self) -> int:
        return sum(self)


class Sum(msgspec.Struct, frozen=True):
    """One equation with its numbers; it holds if both sides are equal and no term is negative."""

    name: str
    left: dict[str, int]
    right: dict[str, int]

    @property
    def holds(self) -> bool:
        terms = [*self.left.values(), *self.right.values()]
        return sum(self.left.values()) == sum(self.right.values()) and min(terms) >= 0


def sums_of_sync(numbers: Numbers) -> tuple[Sum, ...]:
    """Return the equations of fetching; for a completed sync also that of its records' outcomes."""
    equations = _OF_FETCHING | (_OF_LOADING if isinstance(numbers, SyncFinished) else {})
    return tuple(
        Sum(name, _terms(left, numbers), _terms(right, numbers))
        for name, (left, right) in equations.items()
    )


def _terms(names: tuple[str, ...], numbers: Numbers) -> dict[str, int]:
    repeated = numbers.fetched - numbers.distinct
    return {name: repeated if name == "repeated" else getattr(numbers, name) for name in names}

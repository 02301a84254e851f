"""The sums that the numbers of a sync obey: the one place that knows them. Pure."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec


class Numbers(Protocol):
    """What both ``SyncFetched`` and ``SyncFinished`` count of a sync over a whole resource."""

    @property
    def source_total(self) -> int: ...
    @property
    def departed(self) -> int: ...
    @property
    def distinct(self) -> int: ...
    @property
    def missing(self) -> int: ...
    @property
    def suppressed(self) -> int: ...
    @property
    def fetched(self) -> int: ...


_Sides = tuple[tuple[str, ...], tuple[str, ...]]

_OF_FETCHING: Mapping[str, _Sides] = MappingProxyType(
    {
        "fetched": (("fetched",), ("distinct", "repeated")),
        "source": (("source_total", "departed"), ("distinct", "missing", "suppressed")),
    }
)
_OF_LOADING: Mapping[str, _Sides] = MappingProxyType(
    {"fate": (("distinct",), ("inserted", "updated", "unchanged", "rejected"))}
)


class Sum(msgspec.Struct, frozen=True):
    """One of them, with its numbers; no number is below zero."""

    name: str
    left: dict[str, int]
    right: dict[str, int]

    @property
    def holds(self) -> bool:
        terms = [*self.left.values(), *self.right.values()]
        return sum(self.left.values()) == sum(self.right.values()) and min(terms) >= 0


def sums_of_fetching(numbers: Numbers) -> tuple[Sum, ...]:
    """Give what the fetcher answers for: was all of the source seen?"""
    return tuple(_sums(_OF_FETCHING, numbers))


def sums_of_sync(numbers: Numbers) -> tuple[Sum, ...]:
    """Give those of a completed sync: of fetching, and of what became of every record."""
    return tuple(_sums({**_OF_FETCHING, **_OF_LOADING}, numbers))


def _sums(identities: Mapping[str, _Sides], numbers: Numbers) -> Iterator[Sum]:
    for name, (left, right) in identities.items():
        yield Sum(name, _terms(left, numbers), _terms(right, numbers))


def _terms(names: tuple[str, ...], numbers: Numbers) -> dict[str, int]:
    return {name: _count(name, numbers) for name in names}


def _count(name: str, numbers: Numbers) -> int:
    if name == "repeated":
        return numbers.fetched - numbers.distinct
    count: int = getattr(numbers, name)
    return count

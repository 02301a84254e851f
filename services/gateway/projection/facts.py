"""Which of several facts of one kind counts. Pure.

Of every kind the greatest by rank is kept, so a fact that is read twice, late or out of order
changes nothing: the result is the same for every order of the same messages.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

from libs.common.contracts.commands import (
    ApproveRemovals,
    CancelSync,
    Command,
    DiscardRemovals,
    FetchRecords,
    ResumeSync,
    StartSync,
)
from libs.common.contracts.events import (
    Event,
    LoadingPaused,
    LoadingResumed,
    PageFailed,
    PageFetched,
    RecordsLoaded,
    RemovalsCounted,
    SyncAbandoned,
    SyncFetched,
    SyncFinished,
    SyncRefused,
    SyncStarted,
    SyncWaiting,
)

Fact = Command | Event
Rank = tuple[int, ...]
F = TypeVar("F", bound=Fact)

# Equal ranks are settled by the place in the topic: the first one holds.
_RANKS: Mapping[type, Callable[[Any], Rank]] = MappingProxyType(
    {
        StartSync: lambda fact: (-fact.issued_at,),
        FetchRecords: lambda fact: (-fact.issued_at,),
        ResumeSync: lambda fact: (fact.attempt, fact.issued_at),
        CancelSync: lambda fact: (fact.attempt, fact.issued_at),
        ApproveRemovals: lambda fact: (fact.issued_at,),
        DiscardRemovals: lambda fact: (fact.issued_at,),
        SyncStarted: lambda fact: (fact.attempt,),
        SyncRefused: lambda fact: (fact.at,),
        PageFetched: lambda fact: (fact.attempt, fact.fetched, fact.at, fact.page),
        PageFailed: lambda fact: (fact.attempt, fact.at),
        SyncWaiting: lambda fact: (fact.attempt, fact.at),
        SyncFetched: lambda fact: (fact.attempt,),
        RecordsLoaded: lambda fact: (fact.database_epoch, fact.revision),
        LoadingPaused: lambda _: (),
        LoadingResumed: lambda _: (),
        RemovalsCounted: lambda fact: (fact.database_epoch, fact.revision),
        SyncFinished: lambda _: (),
        SyncAbandoned: lambda fact: (fact.at,),
    }
)


class Facts:
    """The one fact of each kind that counts."""

    __slots__ = ("_best",)

    def __init__(self) -> None:
        self._best: dict[type, tuple[Rank, Fact]] = {}

    def add(self, fact: Fact, place: int) -> bool:
        """Keep it where it outranks what is there; ``place`` is its offset in the topic."""
        kind = type(fact)
        if kind not in _RANKS:
            return False
        rank = (*_RANKS[kind](fact), -place)
        best = self._best.get(kind)
        if best is not None and best[0] >= rank:
            return False
        self._best[kind] = (rank, fact)
        return True

    def all(self) -> Iterator[Fact]:
        return (fact for _, fact in self._best.values())

    def get(self, kind: type[F]) -> F | None:
        best = self._best.get(kind)
        return cast("F", best[1]) if best is not None else None

"""One sync, folded from its commands and events. Pure: no I/O, no clock, any order.

Of each kind of message the one with the highest rank is kept. A message that is read twice, late or
out of order therefore changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
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
from libs.common.contracts.enums import FieldChange, Kind, Outcome
from libs.common.contracts.events import (
    Event,
    LoadingPaused,
    LoadingResumed,
    PageFailed,
    PageFetched,
    RecordRejected,
    RecordsLoaded,
    RemovalsCounted,
    SourceDrifted,
    SyncAbandoned,
    SyncFetched,
    SyncFinished,
    SyncRefused,
    SyncStarted,
    SyncWaiting,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts

Fact = Command | Event
Rank = tuple[int, ...]
F = TypeVar("F", bound=Fact)

SHOWN_ERRORS = 1_000
WINDOW_SECONDS = 60
_CHANGES = frozenset(FieldChange)
# Of equal ranks the one that comes first in the topic counts.
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
    """The highest-ranking message of each kind."""

    __slots__ = ("_best",)

    def __init__(self) -> None:
        self._best: dict[type, tuple[Rank, Fact]] = {}

    def add(self, fact: Fact, offset: int) -> bool:
        """Keep the message if it outranks the known one; return whether it does."""
        kind = type(fact)
        if kind not in _RANKS:
            return False
        rank = (*_RANKS[kind](fact), -offset)
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


class Throughput:
    """Records a second, over the newest minute of the newest database."""

    __slots__ = ("_counts", "_epoch")

    def __init__(self) -> None:
        self._epoch = 0
        self._counts: dict[int, int] = {}

    def add(self, epoch: int, at: int, count: int) -> None:
        """Add a running total; ``at`` in unix milliseconds."""
        if epoch > self._epoch:
            self._epoch = epoch
            self._counts = {}
        if epoch < self._epoch:
            return
        second = at // 1000
        self._counts[second] = max(count, self._counts.get(second, 0))
        if len(self._counts) > 2 * WINDOW_SECONDS:
            self._counts = self._newest()

    def per_second(self) -> float:
        """Return records a second over the window; 0 until two seconds are known."""
        counts = self._newest()
        first, last = min(counts, default=0), max(counts, default=0)
        return max(0.0, (counts[last] - counts[first]) / (last - first)) if last > first else 0.0

    def _newest(self) -> dict[int, int]:
        end = max(self._counts, default=0)
        return {
            second: count for second, count in self._counts.items() if second > end - WINDOW_SECONDS
        }


@dataclass(slots=True, eq=False)
class SyncState:
    """Everything known of one sync; of its rejected records the first ``SHOWN_ERRORS`` by id."""

    sync_id: str
    resource: Resource
    facts: Facts = field(default_factory=Facts)
    requested_at: int | None = None
    expires_at: int = 0
    attempt: int = 0
    started_at: int | None = None
    last_started_at: int = 0
    last_event_at: int = 0
    first_offset: int | None = None
    """Of its first event: all its errors are at or after this offset."""
    last_offset: int = 0
    abandoned_offset: int = -1
    """Of the newest ``SyncAbandoned``; the next two are of the newest signs of work."""
    fetching_offset: int = -1
    loading_offset: int = -1
    fetched: int = 0
    without_id: int = 0
    field_changes: dict[str, SourceDrifted] = field(default_factory=dict)
    """By change."""
    failed_pages: dict[int, PageFailed] = field(default_factory=dict)
    rejected: dict[str, RecordRejected] = field(default_factory=dict)
    throughput: Throughput | None = field(default_factory=Throughput)

    @property
    def kind(self) -> Kind | None:
        """Full or single; None if neither its command nor its start is known."""
        started = self.facts.get(SyncStarted)
        if started is not None:
            return started.kind
        if self.facts.get(FetchRecords) is not None:
            return Kind.SINGLE
        return Kind.FULL if self.facts.get(StartSync) is not None else None

    @property
    def fingerprint(self) -> str:
        """Of the request that came with an Idempotency-Key; empty if it is not known."""
        # If two requests raced, the one that was started counts.
        messages = (
            self.facts.get(SyncStarted),
            self.facts.get(StartSync),
            self.facts.get(FetchRecords),
        )
        return next((one.fingerprint for one in messages if one and one.fingerprint), "")

    @property
    def retry(self) -> int:
        """The number of this retry of its dead letter; 0 if the sync is no retry."""
        messages = (self.facts.get(SyncStarted), self.facts.get(FetchRecords))
        return max(message.retry if message is not None else 0 for message in messages)

    @property
    def newest_time(self) -> int:
        """The newest time that any of its messages names; unix milliseconds."""
        return max(self.last_event_at, self.expires_at)

    @property
    def last_activity_at(self) -> int:
        """When it was last requested or last had an event."""
        return max(self.last_event_at, self.requested_at or 0)

    @property
    def last_requested_at(self) -> int:
        """When it was last started or requested."""
        resume = self.facts.get(ResumeSync)
        requested_at = resume.issued_at if resume is not None else self.requested_at or 0
        return max(self.last_started_at, requested_at)

    @property
    def listed_at(self) -> int:
        """The time that orders the history: no later message changes it."""
        return self.requested_at or self.started_at or self.last_event_at

    @property
    def abandoned(self) -> SyncAbandoned | None:
        """How a gateway abandoned it, unless the fetcher or the loader worked on it later.

        A gateway only assumes that a sync is lost. A fetcher that starts publishes its last
        ``SyncFetched`` again, so that event is no sign of work.
        """
        fetched = self.facts.get(SyncFetched)
        is_loading = fetched is not None and fetched.outcome is Outcome.COMPLETED
        worked_offset = max(self.fetching_offset, self.loading_offset if is_loading else -1)
        if worked_offset > self.abandoned_offset:
            return None
        return self.facts.get(SyncAbandoned)

    @property
    def ended(self) -> SyncFetched | None:
        """How fetching ended in the newest attempt; None while it goes on."""
        fetched = self.facts.get(SyncFetched)
        return fetched if fetched is not None and fetched.attempt >= self.attempt else None

    def messages(self) -> Iterator[Command | Event]:
        """Yield the messages that make up its state."""
        yield from self.facts.all()
        yield from self.rejected.values()
        yield from self.field_changes.values()
        counted = self.facts.get(PageFailed)
        yield from (failed for failed in self.failed_pages.values() if failed is not counted)

    def fold(self, message: Command | Event, offset: int) -> bool:
        """Fold a command or an event of this sync; return whether it says anything new."""
        if isinstance(message, Command):
            return self.fold_command(message, offset)
        return self.fold_event(message, offset)

    def fold_command(self, command: Command, offset: int) -> bool:
        if isinstance(command, StartSync | FetchRecords):
            self.requested_at = min(command.issued_at, self.requested_at or command.issued_at)
            self.expires_at = max(command.expires_at, self.expires_at)
        return self.facts.add(command, offset)

    def fold_event(self, event: Event, offset: int) -> bool:
        self.last_event_at = max(self.last_event_at, event.at)
        self.first_offset = offset if self.first_offset is None else min(offset, self.first_offset)
        self.last_offset = max(offset, self.last_offset)
        self.attempt = max(self.attempt, getattr(event, "attempt", 0))
        self._note_offset(event, offset)
        match event:
            case SyncStarted():
                self.started_at = min(event.at, self.started_at or event.at)
                self.last_started_at = max(event.at, self.last_started_at)
            case PageFetched() | SyncFetched():
                self.fetched = max(self.fetched, event.fetched)
                self.without_id = max(self.without_id, event.rejected)
            case RecordsLoaded() if self.throughput is not None:
                self.throughput.add(event.database_epoch, event.at, SyncCounts.of(event).total)
            case SyncFinished():
                self.throughput = None
            case RecordRejected():
                return self._add_rejected(event)
            case PageFailed():
                self._add_failed_page(event)
            case SourceDrifted():
                return self._add_field_change(event)
            case _:
                pass
        return self.facts.add(event, offset)

    def _note_offset(self, event: Event, offset: int) -> None:
        match event:
            case SyncAbandoned():
                self.abandoned_offset = max(offset, self.abandoned_offset)
            case SyncStarted() | PageFetched() | PageFailed() | SyncWaiting():
                self.fetching_offset = max(offset, self.fetching_offset)
            case RecordsLoaded():
                self.loading_offset = max(offset, self.loading_offset)
            case _:
                pass

    def _add_failed_page(self, event: PageFailed) -> None:
        known = self.failed_pages.get(event.page)
        if known is None or (event.attempt, event.at) > (known.attempt, known.at):
            self.failed_pages[event.page] = event

    def _add_field_change(self, event: SourceDrifted) -> bool:
        """Keep the event with the most fields: a resumed sync may publish more of them."""
        known = self.field_changes.get(event.change)
        is_old = known is not None and _extent(known) >= _extent(event)
        if is_old or event.change not in _CHANGES:
            return False
        self.field_changes[event.change] = event
        return True

    def _add_rejected(self, event: RecordRejected) -> bool:
        new = event.dead_letter_id not in self.rejected
        self.rejected[event.dead_letter_id] = event
        if len(self.rejected) > 2 * SHOWN_ERRORS:
            self.rejected = dict(sorted(self.rejected.items())[:SHOWN_ERRORS])
        return new


def _extent(change: SourceDrifted) -> tuple[int, int, tuple[str, ...]]:
    return len(change.fields), change.at, change.fields

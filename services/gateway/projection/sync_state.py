"""One sync, folded from its commands and events. Pure: no I/O, no clock, any order."""

from collections.abc import Iterator

from libs.common.contracts.commands import Command, FetchRecords, ResumeSync, StartSync
from libs.common.contracts.enums import FieldChange, Kind, Outcome
from libs.common.contracts.events import (
    Event,
    PageFailed,
    PageFetched,
    RecordRejected,
    RecordsLoaded,
    SourceDrifted,
    SyncAbandoned,
    SyncFetched,
    SyncFinished,
    SyncStarted,
    SyncWaiting,
)
from libs.common.contracts.resources import Resource
from services.gateway.projection.facts import Facts
from services.gateway.projection.throughput import Throughput

SHOWN_ERRORS = 1_000
_CHANGES = frozenset(FieldChange)


class SyncState:
    """What is known of one sync. Of rejected records the first ``SHOWN_ERRORS`` by id are kept."""

    __slots__ = (
        "abandoned_place",
        "answer_by",
        "asked_at",
        "attempt",
        "drift",
        "facts",
        "failed_pages",
        "fetched",
        "fetched_place",
        "first_place",
        "last_at",
        "last_place",
        "last_started_at",
        "loaded_place",
        "pace",
        "rejected",
        "resource",
        "started_at",
        "sync_id",
        "without_id",
    )

    def __init__(self, sync_id: str, resource: Resource) -> None:
        self.sync_id = sync_id
        self.resource = resource
        self.facts = Facts()
        self.asked_at: int | None = None
        self.answer_by = 0
        self.attempt = 0
        self.started_at: int | None = None
        self.last_started_at = 0
        self.last_at = 0
        self.first_place: int | None = None
        """Offset of its first event; its errors stand from there on."""
        self.last_place = 0
        self.abandoned_place = -1
        """Offset at which a gateway last gave it up; below, those of the last signs of work."""
        self.fetched_place = -1
        self.loaded_place = -1
        self.fetched = 0
        self.without_id = 0
        self.drift: dict[str, SourceDrifted] = {}
        """By change."""
        self.failed_pages: dict[int, PageFailed] = {}
        self.rejected: dict[str, RecordRejected] = {}
        self.pace: Throughput | None = Throughput()

    @property
    def kind(self) -> Kind | None:
        """Full or single; None where neither its command nor its start is known."""
        started = self.facts.get(SyncStarted)
        if started is not None:
            return started.kind
        if self.facts.get(FetchRecords) is not None:
            return Kind.SINGLE
        return Kind.FULL if self.facts.get(StartSync) is not None else None

    @property
    def fingerprint(self) -> str:
        """Of the request that came with an Idempotency-Key; empty where that is not known."""
        # What was begun counts, should two have asked for different things at once.
        asked = self.facts.get(SyncStarted), self.facts.get(StartSync), self.facts.get(FetchRecords)
        return next((one.fingerprint for one in asked if one and one.fingerprint), "")

    @property
    def retry(self) -> int:
        """How often the record of its dead letter was retried by then; 0: it is no retry."""
        asked = (self.facts.get(SyncStarted), self.facts.get(FetchRecords))
        return max(message.retry if message is not None else 0 for message in asked)

    @property
    def touched(self) -> int:
        """The newest time that any of its messages names; unix milliseconds."""
        return max(self.last_at, self.answer_by)

    @property
    def touched_at(self) -> int:
        """When it was last heard of or asked for."""
        return max(self.last_at, self.asked_at or 0)

    @property
    def stirred_at(self) -> int:
        """When it was last started or asked for."""
        resume = self.facts.get(ResumeSync)
        asked_at = resume.issued_at if resume is not None else self.asked_at or 0
        return max(self.last_started_at, asked_at)

    @property
    def abandoned(self) -> SyncAbandoned | None:
        """How a gateway gave it up, unless the fetcher or the loader worked on it since.

        A gateway only assumes that a sync is lost. A fetcher that starts publishes its last
        ``SyncFetched`` again, so that one is no sign of work.
        """
        ended = self.facts.get(SyncFetched)
        is_loading = ended is not None and ended.outcome is Outcome.COMPLETED
        worked_place = max(self.fetched_place, self.loaded_place if is_loading else -1)
        if worked_place > self.abandoned_place:
            return None
        return self.facts.get(SyncAbandoned)

    @property
    def ended(self) -> SyncFetched | None:
        """How fetching ended, where it did in the newest attempt."""
        ended = self.facts.get(SyncFetched)
        return ended if ended is not None and ended.attempt >= self.attempt else None

    def messages(self) -> Iterator[Command | Event]:
        """Yield the messages that make up its state."""
        yield from self.facts.all()
        yield from self.rejected.values()
        yield from self.drift.values()
        counted = self.facts.get(PageFailed)
        yield from (failed for failed in self.failed_pages.values() if failed is not counted)

    def fold(self, message: Command | Event, place: int) -> bool:
        """Fold either; tell whether it said anything new."""
        if isinstance(message, Command):
            return self.command(message, place)
        return self.event(message, place)

    def command(self, command: Command, place: int) -> bool:
        """Fold one command for this sync in; tell whether it said anything new."""
        if isinstance(command, StartSync | FetchRecords):
            self.asked_at = min(command.issued_at, self.asked_at or command.issued_at)
            self.answer_by = max(command.expires_at, self.answer_by)
        return self.facts.add(command, place)

    def event(self, event: Event, place: int) -> bool:
        """Fold one event of this sync in; tell whether it said anything new."""
        self.last_at = max(self.last_at, event.at)
        self.first_place = place if self.first_place is None else min(place, self.first_place)
        self.last_place = max(place, self.last_place)
        self.attempt = max(self.attempt, getattr(event, "attempt", 0))
        self._note_place(event, place)
        match event:
            case SyncStarted():
                self.started_at = min(event.at, self.started_at or event.at)
                self.last_started_at = max(event.at, self.last_started_at)
            case PageFetched() | SyncFetched():
                self.fetched = max(self.fetched, event.fetched)
                self.without_id = max(self.without_id, event.rejected)
            case RecordsLoaded() if self.pace is not None:
                self.pace.add(event.database_epoch, event.at, loaded_records(event))
            case SyncFinished():
                self.pace = None
            case RecordRejected():
                return self._reject(event)
            case PageFailed():
                self._fail(event)
            case SourceDrifted():
                return self._drifted(event)
            case _:
                pass
        return self.facts.add(event, place)

    def _note_place(self, event: Event, place: int) -> None:
        match event:
            case SyncAbandoned():
                self.abandoned_place = max(place, self.abandoned_place)
            case SyncStarted() | PageFetched() | PageFailed() | SyncWaiting():
                self.fetched_place = max(place, self.fetched_place)
            case RecordsLoaded():
                self.loaded_place = max(place, self.loaded_place)
            case _:
                pass

    def _fail(self, event: PageFailed) -> None:
        known = self.failed_pages.get(event.page)
        if known is None or (event.attempt, event.at) > (known.attempt, known.at):
            self.failed_pages[event.page] = event

    def _drifted(self, event: SourceDrifted) -> bool:
        """Keep what names the most: a resumed sync may say it again, and more of it."""
        known = self.drift.get(event.change)
        is_old = known is not None and _scope(known) >= _scope(event)
        if is_old or event.change not in _CHANGES:
            return False
        self.drift[event.change] = event
        return True

    def _reject(self, event: RecordRejected) -> bool:
        new = event.dead_letter_id not in self.rejected
        self.rejected[event.dead_letter_id] = event
        if len(self.rejected) > 2 * SHOWN_ERRORS:
            self.rejected = dict(sorted(self.rejected.items())[:SHOWN_ERRORS])
        return new


def _scope(drifted: SourceDrifted) -> tuple[int, int, tuple[str, ...]]:
    return len(drifted.fields), drifted.at, drifted.fields


def loaded_records(loaded: RecordsLoaded) -> int:
    """Count the records whose fate is committed in PostgreSQL."""
    return loaded.inserted + loaded.updated + loaded.unchanged + loaded.rejected

"""Events of one sync, and the report that follows from them."""

from libs.common.contracts.enums import Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import Event, SyncFetched, SyncFinished, SyncStarted
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from services.loader.progress.facts import SyncFacts
from services.loader.progress.report import finish


def started(attempt: int = 1, at: int = 10, kind: Kind = Kind.FULL) -> SyncStarted:
    return SyncStarted(
        sync_id="s",
        resource=Resource.STUDENTS,
        at=at,
        attempt=attempt,
        kind=kind,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        page_size=50,
    )


def fetched(outcome: Outcome = Outcome.COMPLETED, attempt: int = 1, **counts: int) -> SyncFetched:
    return SyncFetched(
        sync_id="s",
        resource=Resource.STUDENTS,
        at=20,
        attempt=attempt,
        outcome=outcome,
        source_total=counts.get("source_total", 0),
        fetched=counts.get("fetched", 0),
        distinct=counts.get("distinct", 0),
        rejected=counts.get("rejected", 0),
        suppressed=counts.get("suppressed", 0),
    )


def facts(*events: Event) -> SyncFacts:
    found = SyncFacts()
    for event in events:
        found.fold(event)
    return found


def report(decision: SyncFetched, counts: SyncCounts, *, all_loaded: bool = True) -> SyncFinished:
    return finish(facts(started(), decision), counts, at=30, epoch=1, all_loaded=all_loaded)

"""The report of a sync adds up, whatever fetcher and loader counted."""

from typing import Any

from msgspec.structs import replace

from libs.common.contracts.enums import Kind, Outcome
from libs.common.contracts.events import Event, RecordsLoaded
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from services.loader.progress.report import closed_by_fetcher, finish
from tests.unit.loader.sample_events import facts, fetched, report, started

HEAD: dict[str, Any] = {"sync_id": "s", "resource": Resource.STUDENTS}


def test_a_sync_with_everything_in_the_tables_is_complete() -> None:
    decision = fetched(source_total=3, fetched=3, distinct=3)

    assert report(decision, SyncCounts(1, 1, 1, 0)).complete
    assert not report(decision, SyncCounts(1, 1, 0, 1)).complete
    assert not report(decision, SyncCounts(1, 1, 1, 0), all_loaded=False).complete


def test_a_sync_that_lacks_records_says_how_many() -> None:
    done = report(fetched(source_total=5, fetched=3, distinct=3), SyncCounts(3, 0, 0, 0))

    assert (done.complete, done.missing) == (False, 2)


def test_the_fetcher_decides_whether_a_sync_is_complete() -> None:
    seen = fetched(source_total=5, fetched=9, distinct=5)
    miscounted = replace(fetched(source_total=6, fetched=10, distinct=5), missing=1, complete=True)
    moving = replace(seen, complete=False, doubt="the list changed")

    assert report(replace(seen, complete=True), SyncCounts(5, 0, 0, 0)).complete
    assert report(miscounted, SyncCounts(5, 0, 0, 0)).complete
    assert report(miscounted, SyncCounts(5, 0, 0, 0)).missing == 1
    assert not report(moving, SyncCounts(5, 0, 0, 0)).complete
    assert not report(replace(seen, complete=True), SyncCounts(4, 0, 0, 1)).complete


def test_records_that_only_the_loader_has_counted_have_departed() -> None:
    decision = replace(fetched(source_total=6, fetched=6, distinct=5), missing=1, complete=False)

    done = report(decision, SyncCounts(7, 0, 0, 0))

    assert (done.distinct, done.missing, done.departed) == (7, 1, 2)


def test_a_sync_of_a_single_record_has_no_missing_records() -> None:
    single = facts(started(kind=Kind.SINGLE), fetched(source_total=1, fetched=1, distinct=1))

    done = finish(single, SyncCounts(1, 0, 0, 0), at=30, epoch=1, all_loaded=True)

    assert (done.complete, done.missing, done.departed) == (True, 0, 0)


def test_a_failed_sync_keeps_what_the_loader_counted() -> None:
    decision = fetched(Outcome.FAILED, fetched=9, distinct=9, rejected=1)

    closed = closed_by_fetcher(facts(started(), decision), decision, SyncCounts(5, 1, 1, 1))

    assert (closed.outcome, closed.complete) == ("failed", False)
    assert (closed.inserted, closed.rejected) == (5, 2)


def test_order_and_repetition_of_events_change_no_facts() -> None:
    loaded = [
        RecordsLoaded(
            sync_id="s",
            resource=Resource.STUDENTS,
            at=15,
            database_epoch=epoch,
            revision=revision,
            inserted=revision,
            updated=0,
            unchanged=0,
            rejected=0,
        )
        for epoch, revision in ((1, 9), (2, 1), (2, 2))
    ]
    events: tuple[Event, ...] = (started(2, at=50), started(1, at=10), fetched(attempt=2), *loaded)

    forwards, backwards = facts(*events, *events), facts(*reversed(events))

    assert forwards == backwards
    assert forwards.started_at == 10
    assert forwards.shows(2, 2)
    assert not forwards.shows(2, 3)


def test_a_resumed_sync_runs_until_its_new_attempt_is_fetched() -> None:
    found = facts(started(1), fetched(Outcome.FAILED, 1))
    assert found.decision is not None

    found.fold(started(2))
    assert found.decision is None


def test_the_topic_says_how_a_failed_sync_ended_only_if_its_database_is_lost() -> None:
    counted = RecordsLoaded(
        **HEAD, at=15, database_epoch=1, revision=1, inserted=1, updated=0, unchanged=0, rejected=0
    )
    failed = facts(started(), counted, fetched(Outcome.FAILED))

    assert failed.ended_before(2)
    assert not failed.ended_before(1)
    brought = replace(fetched(Outcome.FAILED), end_offsets={"0": 1})
    assert not facts(started(), brought).ended_before(2)
    assert facts(started(), fetched(Outcome.FAILED)).ended_before(1)

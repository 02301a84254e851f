"""The progress object, field by field, and its messages."""

from itertools import permutations

from libs.common.contracts.commands import Command
from libs.common.contracts.enums import Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import Event
from services.gateway.projection.projection import Projection
from services.gateway.views.liveness import FETCHER, NO_SILENCE, Silence
from services.gateway.views.progress import progress_of, report_of
from services.gateway.views.schemas import Report
from services.gateway.views.snapshot import snapshot_of
from services.gateway.views.status import Status
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    cancel,
    drifted,
    fetched,
    finished,
    loaded,
    page,
    page_failed,
    refused,
    rejected,
    resume,
    start,
    started,
    waiting,
)

GUIDE_FIELDS = [
    "status",
    "startTime",
    "totalRecords",
    "processedRecords",
    "errors",
    "currentPage",
    "message",
]


def shown(
    *messages: Command | Event, now: int = T0 + 1000, silence: Silence = NO_SILENCE
) -> Report:
    projection = Projection()
    for place, message in enumerate(messages):
        if isinstance(message, Command):
            projection.fold_command(message, place)
        else:
            projection.fold_event(message, place)
    sync = projection.find(SYNC)
    assert sync is not None
    return report_of(snapshot_of(sync, now, silence))


def test_progress_before_any_sync_has_all_fields_with_zeros() -> None:
    body = progress_of(None).model_dump(mode="json")

    assert list(body)[:7] == GUIDE_FIELDS
    assert body["status"] == "idle"
    assert (body["totalRecords"], body["processedRecords"], body["errors"]) == (0, 0, [])
    assert {"syncId", "complete", "etaSeconds", "databaseEpoch", "lastEventTime"} <= set(body)


def test_the_guides_example_reads_as_in_the_guide() -> None:
    report = shown(start(), started(), page(24), loaded(24), now=T0 + 25_000)

    assert report.message == "Processing page 25..."
    assert (report.current_page, report.total_pages) == (25, 465)
    assert (report.processed_records, report.total_records) == (1200, 23_238)
    assert report.duration_seconds == 25
    assert report.trigger is Trigger.MANUAL


def test_the_first_page_is_the_current_one_once_the_sync_has_started() -> None:
    assert shown(started()).message == "Processing page 1..."


def test_after_a_failed_page_the_next_one_is_current() -> None:
    report = shown(started(), page(1), page_failed(2))

    assert report.message == "Processing page 3..."
    assert report.errors == ["Page 2: HEMIS did not answer"]


def test_a_wait_says_how_long_and_why_until_it_is_over() -> None:
    story = (started(), page(1, at=T0), waiting(at=T0 + 500))

    assert shown(*story).message == "Waiting 12 s: HEMIS asked to slow down"
    assert shown(*story, now=T0 + 13_000).message == "Processing page 2..."
    assert shown(*story, page(2)).message == "Processing page 3..."


def test_a_sync_whose_pages_are_all_fetched_is_still_running() -> None:
    report = shown(started(), page(465, next_page=None), fetched())

    assert report.status is Status.RUNNING
    assert report.message.startswith("Processing page 465... all pages are fetched")


def test_a_requested_cancel_is_shown() -> None:
    assert shown(started(), cancel()).message == "Processing page 1... it is being cancelled"


def test_a_resumed_sync_is_no_longer_being_cancelled() -> None:
    story = (started(), cancel(), fetched(Outcome.CANCELLED), started(attempt=2))

    assert shown(*story).message == "Processing page 1..."


def test_a_page_of_the_second_pass_is_the_current_one() -> None:
    story = (started(), page_failed(3), page(465, next_page=None, fetched=23_188))

    assert shown(*story, page(3, next_page=None, fetched=23_238, at=T0 + 466_000)).message == (
        "Processing page 3..."
    )


def test_a_request_waits_for_the_fetcher_and_expires() -> None:
    asked = shown(start())
    alone = shown(start(), silence={FETCHER: None})
    late = shown(start(), now=T0 + HOUR)

    assert (asked.status, asked.message) == (
        Status.REQUESTED,
        "Requested: waiting for the fetcher to begin it",
    )
    assert alone.message.endswith("(the fetcher is not running)")
    assert (late.status, late.end_time) == (Status.CANCELLED, T0 + HOUR)
    assert late.message == "Cancelled: no fetcher took the request before it expired"


def test_a_resume_shows_as_requested_with_its_trigger() -> None:
    report = shown(started(), fetched(Outcome.FAILED), resume(issued_at=T0 + 1))

    assert (report.status, report.trigger) == (Status.REQUESTED, Trigger.RESUME)
    assert report.message == "Requested: waiting for the fetcher to resume it"


def test_the_message_says_how_a_sync_ended() -> None:
    ends = {
        Outcome.FAILED: (Status.FAILED, "Failed: HEMIS refused the token"),
        Outcome.CANCELLED: (Status.CANCELLED, "Cancelled: HEMIS refused the token"),
        Outcome.NOT_FOUND: (Status.FAILED, "HEMIS does not know this person"),
        Outcome.MISMATCH: (Status.FAILED, "The two identifiers name different people"),
    }

    for outcome, (status, message) in ends.items():
        report = shown(started(), fetched(outcome, reason="HEMIS refused the token"))
        assert (report.status, report.message, report.outcome) == (status, message, outcome)


def test_a_failed_sync_names_the_reason_among_its_errors() -> None:
    report = shown(started(), fetched(Outcome.FAILED, reason="HEMIS was away"))

    assert report.errors == ["The sync failed: HEMIS was away"]
    assert shown(started(), fetched(Outcome.CANCELLED)).message == "Cancelled"


def test_a_refusal_names_the_active_sync_or_the_reason() -> None:
    assert shown(start(), refused()).message == "Cancelled: not possible"
    assert "sync other was already" in shown(start(), refused(active_sync_id="other")).message


def test_a_complete_sync_shows_its_counts_duration_and_average_speed() -> None:
    report = shown(started(), page(2), loaded(1), fetched(), finished())

    assert (report.status, report.complete, report.processed_records) == ("completed", True, 100)
    assert report.message == "Completed: 100 records, the whole list is in the tables"
    assert (report.end_time, report.duration_seconds) == (T0 + 10_000, 10)
    assert (report.records_per_second, report.eta_seconds) == (10, None)


def test_an_incremental_sync_claims_only_the_changed_records() -> None:
    begun = started(mode=Mode.INCREMENTAL)

    one = shown(begun, finished(distinct=1)).message
    many = shown(begun, finished(distinct=12)).message

    assert one == "Completed: 1 changed record, everything is in the tables"
    assert many == "Completed: 12 changed records, all of them are in the tables"


def test_a_sync_of_one_record_does_not_claim_the_whole_list() -> None:
    report = shown(started(kind=Kind.SINGLE), finished(distinct=1))

    assert report.message == "Completed: 1 record, everything is in the tables"


def test_a_list_of_one_record_is_counted_in_the_singular() -> None:
    report = shown(started(), finished(distinct=1))

    assert report.message == "Completed: 1 record, the whole list is in the tables"


def test_an_incomplete_sync_counts_missing_and_rejected_records() -> None:
    end = finished(complete=False, missing=50, failed_pages=(3,), rejected=1, unchanged=69)

    report = shown(started(), page_failed(2), page_failed(3), rejected(7), end)

    assert report.message == "Completed, but not complete: 50 missing, 1 rejected, 1 page failed"
    assert report.errors == [
        "Page 3: HEMIS did not answer",
        "Record 7: group_id is beyond its column (hemis.students-2-7)",
    ]


def test_a_page_that_a_later_pass_fetched_is_no_error_at_the_end() -> None:
    assert shown(started(), page_failed(3), fetched(failed_pages=())).errors == []


def test_records_without_a_usable_id_count_as_processed_and_rejected() -> None:
    report = shown(started(), page(2, rejected=3), loaded(1, rejected=1, unchanged=49))

    assert (report.processed_records, report.rejected, report.unchanged) == (53, 4, 49)


def test_one_dead_letter_is_one_error_however_often_it_is_published() -> None:
    report = shown(started(), rejected(7), rejected(7), rejected(8, record=None))

    assert report.errors == [
        "Record 7: group_id is beyond its column (hemis.students-2-7)",
        "A record without a usable id: group_id is beyond its column (hemis.students-2-8)",
    ]


def test_a_doubt_about_completeness_stands_among_the_errors() -> None:
    report = shown(started(), fetched(complete=False, doubt="HEMIS counts 38 and lists 35"))

    assert report.errors == ["Not complete: HEMIS counts 38 and lists 35"]


def test_beyond_a_thousand_errors_one_line_counts_the_rest() -> None:
    many = [rejected(number) for number in range(2_500)]

    errors = shown(started(), *many, loaded(1, rejected=2_500)).errors

    assert len(errors) == 1_001
    assert errors[-1] == f"… and 1500 more: /api/hemis/syncs/{SYNC}/errors has all"


def test_the_report_names_unknown_fields() -> None:
    some, more = drifted("x"), drifted("department.x", "x")

    assert shown(started(), some, more).unknown_fields == ["department.x", "x"]
    assert shown(started(), more, some).unknown_fields == ["department.x", "x"]


def test_the_report_says_how_fields_changed_since_the_syncs_before() -> None:
    types = {"avg_gpa": "number → string"}
    changes = [
        drifted("score", change="added"),
        drifted("email", "group.name", change="dropped"),
        drifted("avg_gpa", change="retyped", types=types),
        drifted("score"),
        drifted("x", change="a word of a later version"),
    ]

    for story in permutations(changes):
        report = shown(started(), *story)

        assert report.added_fields == report.unknown_fields == ["score"]
        assert report.dropped_fields == ["email", "group.name"]
        assert report.retyped_fields == types

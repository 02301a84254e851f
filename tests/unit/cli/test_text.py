"""The lines that people read."""

from libs.cli.progress import Progress
from libs.cli.text import (
    dead_letter_lines,
    history_lines,
    progress_lines,
    report_lines,
    schedule_lines,
    summary_lines,
)
from libs.common.contracts.resources import Resource

REPORT = {
    "syncId": "a7d1f5de-8cb8-4b85-a0a5-2b4d8e7e6c0d",
    "resource": "students",
    "status": "completed",
    "complete": False,
    "startTime": 1_700_000_000_000,
    "durationSeconds": 724.4,
    "processedRecords": 23_238,
    "totalRecords": 23_240,
    "message": "Completed, but not complete: 2 missing",
    "errors": [f"page {page}: HTTP 500" for page in range(7)],
}
DEAD_LETTER = {
    "id": "hemis.students-2-1042",
    "resource": "students",
    "key": "50421",
    "buriedAt": 1_700_000_000_000,
    "state": "buried",
    "code": "wrong_type",
    "reason": "birth_date: expected a number",
}


def test_a_past_sync_takes_two_lines_of_at_most_eighty_columns() -> None:
    first, second = (line.plain for line in history_lines([REPORT]))

    assert first.endswith("students    completed, NOT complete  23,238 in 12 min 4 s")
    assert second.strip() == REPORT["syncId"]
    assert len(first) <= 80


def test_the_fields_that_hemis_changed_are_named() -> None:
    changed = {"addedFields": ["score", "tutor"], "retypedFields": {"gpa": "number → string"}}

    lines = [line.plain for line in report_lines(REPORT | changed)]

    assert "  fields added by HEMIS: score, tutor" in lines
    assert "  fields retyped by HEMIS: gpa (number → string)" in lines
    assert not any("dropped" in line for line in lines)


def test_an_empty_history_is_a_sentence() -> None:
    assert [line.plain for line in history_lines([])] == ["No sync matches."]


def test_only_the_first_errors_of_a_sync_are_shown() -> None:
    lines = [line.plain for line in progress_lines("students", REPORT)]

    assert lines[2] == "  ! page 0: HTTP 500"
    assert lines[-1] == "  … and 2 more: add --json"


def test_a_dead_letter_shows_its_code_and_reason() -> None:
    first, second = (line.plain for line in dead_letter_lines([DEAD_LETTER]))

    assert first.startswith("hemis.students-2-1042  students 50421")
    assert second == "  wrong_type: birth_date: expected a number"


def test_a_dead_letter_without_an_id_says_so() -> None:
    first, _ = (line.plain for line in dead_letter_lines([{**DEAD_LETTER, "key": None}]))

    assert "without an id" in first


def test_a_missing_schedule_is_named() -> None:
    (line,) = schedule_lines({"cron": None, "timezone": "UTC", "next": []})

    assert line.plain.startswith("No schedule")


def test_a_complete_sync_is_summed_up_in_one_line() -> None:
    end = Progress("a-sync", "completed", processed_records=2000, inserted=2000, complete=True)

    assert summary_lines(Resource.STUDENTS, end) == [
        "students    completed and complete in 0.0 s: 2,000 records "
        "(2,000 inserted, 0 updated, 0 unchanged, 0 rejected), 0 errors"
    ]


def test_the_summary_of_an_incomplete_sync_shows_its_first_errors() -> None:
    errors = [f"page {page}: 500" for page in range(7)]
    end = Progress("a-sync", "completed", complete=False, missing=350, errors=errors)

    first, *others = summary_lines(Resource.STUDENTS, end)

    assert "not complete (350 missing)" in first
    assert others[0] == "  ! page 0: 500"
    assert others[-1] == "  … and 2 more: see /api/hemis/progress/students"


def test_the_summary_of_a_failed_sync_gives_the_reason() -> None:
    end = Progress("a-sync", "failed", message="HEMIS refused the token")

    assert "failed (HEMIS refused the token)" in summary_lines(Resource.STUDENTS, end)[0]

"""When a sync has rejected too many records."""

from typing import Any

import pytest

from libs.common.contracts.enums import Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import (
    LoadingResumed,
    PageFetched,
    SyncFetched,
    SyncFinished,
    SyncStarted,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from services.loader.progress.facts import SyncFacts
from services.loader.progress.reject_limit import RejectLimit, Rejects

COMMON: dict[str, Any] = {"sync_id": "s1", "resource": Resource.STUDENTS, "at": 1}
LIMIT = RejectLimit(5)


def facts(total: int, without_id: int = 0) -> SyncFacts:
    found = SyncFacts()
    found.fold(
        SyncStarted(
            **COMMON,
            attempt=1,
            kind=Kind.FULL,
            mode=Mode.FULL,
            trigger=Trigger.MANUAL,
            page_size=50,
        )
    )
    found.fold(
        PageFetched(
            **COMMON,
            attempt=1,
            page=1,
            page_count=9,
            source_total=total,
            fetched=50,
            distinct=50,
            rejected=without_id,
            retries=0,
            next_page=2,
        )
    )
    return found


@pytest.mark.parametrize(
    ("rejected", "without_id", "total", "exceeds"),
    [
        (20, 0, 100, False),
        (21, 0, 100, True),
        (21, 0, 420, False),
        (21, 0, 419, True),
        (10, 11, 400, True),
        (0, 21, 400, True),
        (500, 0, 23_238, False),
        (1_162, 0, 23_238, True),
    ],
)
def test_a_sync_may_reject_twenty_and_five_percent_of_what_hemis_has(
    rejected: int,
    without_id: int,
    total: int,
    exceeds: bool,  # noqa: FBT001 — what is expected
) -> None:
    found = LIMIT.exceeded_by(facts(total, without_id), SyncCounts(unchanged=50, rejected=rejected))

    assert found == (Rejects(rejected + without_id, total) if exceeds else None)


def test_no_limit_is_exceeded_before_the_size_of_the_source_is_known() -> None:
    assert LIMIT.exceeded_by(SyncFacts(), SyncCounts(rejected=1000)) is None


def test_the_counts_of_syncfetched_replace_those_of_its_pages() -> None:
    found = facts(23_238)
    found.fold(
        SyncFetched(**COMMON, attempt=1, outcome=Outcome.COMPLETED, source_total=100, distinct=100)
    )

    assert LIMIT.exceeded_by(found, SyncCounts(rejected=30)) == Rejects(30, 100)


def test_a_sync_that_a_person_resumed_is_not_paused_again() -> None:
    found = facts(100)
    found.fold(LoadingResumed(**COMMON))

    assert LIMIT.exceeded_by(found, SyncCounts(rejected=100)) is None


def test_a_finished_sync_pauses_nothing() -> None:
    found = facts(100)
    counts: dict[str, Any] = dict.fromkeys(
        (
            *SyncCounts._fields,
            "source_total",
            "fetched",
            "distinct",
            "missing",
            "departed",
            "retries",
        ),
        0,
    )
    found.fold(
        SyncFinished(
            **COMMON,
            **counts,
            attempt=1,
            complete=False,
            database_epoch=1,
            started_at=1,
            failed_pages=(),
        )
    )

    assert LIMIT.exceeded_by(found, SyncCounts(rejected=100)) is None

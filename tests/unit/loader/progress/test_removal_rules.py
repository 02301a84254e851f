"""Which syncs ask for unseen rows, and which removals are held."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.common.contracts.enums import Kind, Mode, Outcome, RemovalState, Trigger
from libs.common.contracts.events import SyncFetched, SyncStarted
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from services.loader.progress.facts import SyncFacts
from services.loader.progress.removal_rules import RemovalRules, UnseenCounts, saw_everything
from services.loader.progress.report import finish

COMMON: dict[str, Any] = {"sync_id": "s1", "resource": Resource.STUDENTS, "at": 1}
STARTED = SyncStarted(
    **COMMON, attempt=1, kind=Kind.FULL, mode=Mode.FULL, trigger=Trigger.MANUAL, page_size=50
)
FETCHED = SyncFetched(
    **COMMON, attempt=1, outcome=Outcome.COMPLETED, source_total=100, fetched=100, distinct=100
)


def saw(
    counts: SyncCounts,
    *,
    started: SyncStarted = STARTED,
    fetched: SyncFetched = FETCHED,
    all_loaded: bool = True,
) -> bool:
    facts = SyncFacts()
    facts.fold(started)
    facts.fold(fetched)
    report = finish(facts, counts, at=2, epoch=1, all_loaded=all_loaded)
    return saw_everything(facts, report, counts, all_loaded=all_loaded)


def test_a_complete_full_sync_saw_everything() -> None:
    assert saw(SyncCounts(inserted=60, unchanged=40))


def test_rejected_records_were_seen_with_and_without_an_id() -> None:
    fetched = replace(FETCHED, rejected=10)

    assert saw(SyncCounts(unchanged=80, rejected=10), fetched=fetched)


@pytest.mark.parametrize(
    "changed",
    [
        {"fetched": replace(FETCHED, source_total=101)},
        {"fetched": replace(FETCHED, failed_pages=(2,))},
        {"fetched": replace(FETCHED, complete=False)},
        {"started": replace(STARTED, kind=Kind.SINGLE)},
        {"started": replace(STARTED, mode=Mode.INCREMENTAL)},
        {"all_loaded": False},
    ],
)
def test_a_sync_that_lacks_anything_asks_for_no_row(changed: dict[str, Any]) -> None:
    assert not saw(SyncCounts(unchanged=100), **changed)


def test_a_sync_asks_for_no_row_if_the_database_has_lost_a_key() -> None:
    assert not saw(SyncCounts(unchanged=99))


@pytest.mark.parametrize(
    ("missing", "present", "held"),
    [(5, 100, False), (6, 100, True), (1, 20, False), (1, 19, True), (0, 0, False)],
)
def test_more_than_the_limit_is_held(
    missing: int,
    present: int,
    held: bool,  # noqa: FBT001 — what is expected
) -> None:
    rules = RemovalRules("mark", 5)

    state = rules.first_state(UnseenCounts(missing, vacated=50, present=present))

    assert state is (RemovalState.HELD if held else RemovalState.ASKING)


def test_a_limit_of_zero_holds_all_removals_and_of_hundred_none() -> None:
    unseen = UnseenCounts(1, vacated=0, present=1_000)

    assert RemovalRules("mark", 0).first_state(unseen) is RemovalState.HELD
    assert RemovalRules("mark", 100).first_state(unseen._replace(missing=1_000)) is (
        RemovalState.ASKING
    )
    assert RemovalRules("mark", 2.5).allowed(unseen) == 25

"""The sums of a report: the API checks them, the dashboard only draws them."""

from typing import Any

from libs.common.contracts.enums import Kind, Outcome
from libs.common.contracts.resources import Resource
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.progress import report_of
from services.gateway.views.schemas import Report
from services.gateway.views.snapshot import snapshot_of
from tests.unit.gateway import sample_messages as sample

ERASED: dict[str, Any] = {"source_total": 101, "suppressed": 1}


def report(*events: object) -> Report:
    sync = SyncState(sample.SYNC, Resource.STUDENTS)
    for place, event in enumerate(events):
        sync.fold_event(event, place)  # type: ignore[arg-type]  # events of any kind
    return report_of(snapshot_of(sync, sample.T0 + sample.HOUR))


def test_the_sums_of_a_report_add_up_after_one_person_was_erased() -> None:
    shown = report(
        sample.started(), sample.fetched(**ERASED, fetched=100), sample.finished(**ERASED)
    )

    assert {one.name: one.holds for one in shown.sums} == {
        "fetched": True,
        "source": True,
        "fate": True,
    }
    source = next(one for one in shown.sums if one.name == "source")
    assert source.right == {"distinct": 100, "missing": 0, "suppressed": 1}


def test_a_report_says_so_where_its_numbers_do_not_add_up() -> None:
    shown = report(sample.started(), sample.fetched(), sample.finished(unchanged=69))

    assert [one.name for one in shown.sums if not one.holds] == ["fate"]


def test_a_sync_that_has_not_completed_shows_no_sums() -> None:
    assert report(sample.started(), sample.page(1)).sums == []
    assert report(sample.started(), sample.fetched(Outcome.FAILED)).sums == []


def test_a_single_record_shows_no_sums_since_it_is_no_count_of_the_source() -> None:
    assert report(sample.started(kind=Kind.SINGLE), sample.fetched(), sample.finished()).sums == []

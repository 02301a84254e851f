"""Records in any order leave the newest content, and the report adds up."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.common.contracts.events import SyncFinished
from libs.common.contracts.sums import SyncCounts, sums_of_sync
from tests.unit.loader.records.sample_records import decided, record
from tests.unit.loader.sample_events import fetched, report

few = st.integers(0, 30)


@given(st.permutations([(1, "a"), (2, "b"), (3, "c"), (3, "c"), (2, "b")]))
def test_the_newest_content_stays_in_any_order_of_records(order: list[tuple[int, str]]) -> None:
    decisions = decided([record(seconds, content) for seconds, content in order])

    assert decisions.writes[1, ""].content_hash == "c"


class FetcherCounts(NamedTuple):
    """What a fetcher counted."""

    total: int
    seen: int
    repeated: int
    unusable: int
    erased: int


@given(st.builds(FetcherCounts, few, few, few, few, few), st.builds(SyncCounts, few, few, few, few))
def test_the_report_adds_up(source: FetcherCounts, counts: SyncCounts) -> None:
    distinct = source.seen + source.unusable
    plain = fetched(
        source_total=source.total,
        fetched=distinct + source.repeated,
        distinct=distinct,
        rejected=source.unusable,
        suppressed=source.erased,
    )
    missing = max(0, source.total - source.seen - source.erased)
    departed = distinct + source.erased + missing - source.total
    gaps = {"missing": missing, "departed": departed}

    assert_identities(report(plain, counts))
    assert_identities(report(replace(plain, complete=False, **gaps), counts))


def assert_identities(done: SyncFinished) -> None:
    assert all(one.holds for one in sums_of_sync(done)), sums_of_sync(done)

"""The equations of a sync's numbers, which only ``contracts.sums`` may define."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched, SyncFinished
from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import sums_of_sync

ROOT = Path(__file__).parents[4]
# 10 people at HEMIS: one is erased here, one not seen; of the seen one has left meanwhile.
GOOD: dict[str, Any] = {
    "source_total": 10,
    "suppressed": 1,
    "missing": 1,
    "departed": 1,
    "distinct": 9,
}
FATES: dict[str, Any] = {"inserted": 1, "updated": 2, "unchanged": 5, "rejected": 1}


def finished(**changed: Any) -> SyncFinished:
    return SyncFinished(
        sync_id="s",
        resource=Resource.STUDENTS,
        at=1,
        attempt=1,
        complete=True,
        database_epoch=1,
        started_at=1,
        retries=0,
        failed_pages=(),
        **{"fetched": 12, **GOOD, **FATES, **changed},
    )


def test_the_sums_of_a_sync_with_an_erased_person_add_up() -> None:
    sums = {one.name: one for one in sums_of_sync(finished())}

    assert set(sums) == {"fetched", "source", "fate"}
    assert all(one.holds for one in sums.values())
    assert sums["source"].right == {"distinct": 9, "missing": 1, "suppressed": 1}
    assert sums["fetched"].right == {"distinct": 9, "repeated": 3}


@pytest.mark.parametrize("name", [*GOOD, *FATES])
def test_one_record_more_or_less_anywhere_breaks_a_sum(name: str) -> None:
    changed = finished(**{name: getattr(finished(), name) + 1})

    assert not all(one.holds for one in sums_of_sync(changed))


def test_a_sum_with_a_number_below_zero_does_not_hold() -> None:
    sums = sums_of_sync(finished(fetched=8))

    assert [one.name for one in sums if not one.holds] == ["fetched"]


def test_a_fetched_sync_has_no_equation_about_loading() -> None:
    decision = SyncFetched(
        sync_id="s",
        resource=Resource.STUDENTS,
        at=1,
        attempt=1,
        outcome=Outcome.COMPLETED,
        fetched=9,
        **GOOD,
    )

    assert {one.name: one.holds for one in sums_of_sync(decision)} == {
        "fetched": True,
        "source": True,
    }


def _sources() -> Iterator[Path]:
    for folder in ("libs", "services", "benchmarks", "tests"):
        yield from (ROOT / folder).rglob("*.py")
        yield from (ROOT / folder).rglob("*.js")


def test_no_other_module_adds_the_numbers_up() -> None:
    adding = re.compile(r"total\w* \+ \S*departed|term\.departed", re.IGNORECASE)
    found = {path.name for path in _sources() if adding.search(path.read_text("utf-8"))}

    assert found == set()

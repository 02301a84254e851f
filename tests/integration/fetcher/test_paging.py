"""Faults of HEMIS's lists over real HTTP: what a sync sees, and what it reports."""

from typing import Any, NamedTuple

import msgspec
import pytest

from libs.common.contracts.events import SyncFetched
from libs.simulator.behaviour import Behaviour
from libs.simulator.faults import Fault
from tests.integration.fetcher.running_fetchers import FetcherPrograms

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]

STUDENTS = 300


class Case(NamedTuple):
    """A fault, and what the sync must report."""

    fault: dict[str, Any]
    complete: bool
    missing: int = 0
    departed: int = 0
    failed_pages: tuple[int, ...] = ()
    doubt: str = ""


CASES = [
    Case({"kind": "drift", "page": 3, "times": 1, "add": 2}, complete=True),
    Case({"kind": "drift", "page": 3, "times": 1, "remove": 2}, complete=True, departed=2),
    Case(
        {"kind": "drift", "page": 3, "times": 1, "remove": 5, "add": 5}, complete=True, departed=5
    ),
    Case({"kind": "wrong_total", "delta": 1}, complete=True, missing=1),
    Case({"kind": "wrong_total", "delta": -2}, complete=True, departed=2),
    Case({"kind": "wrong_total", "page": 4, "delta": 1, "times": 1}, complete=True),
    Case(
        {"kind": "short", "page": 2, "delta": -1},
        complete=False,
        missing=1,
        doubt=f"HEMIS counts {STUDENTS} records and lists {STUDENTS - 1}",
    ),
    Case(
        {"kind": "wrong_page", "page": 3, "delta": -1},
        complete=False,
        missing=50,
        doubt=f"HEMIS counts {STUDENTS} records and lists {STUDENTS - 50}",
    ),
    Case({"kind": "wrong_total", "delta": 60}, complete=False, missing=60, failed_pages=(7, 8)),
]


@pytest.fixture
def student_count() -> int:
    return STUDENTS


async def test_each_fault_of_the_list_is_reported_as_it_was(fetchers: FetcherPrograms) -> None:
    await fetchers.launch(HEMIS_RETRY_ATTEMPTS="0", HEMIS_PAGE_PAUSE_SECONDS="0")

    reported = [case.fault | verdict(await synced(fetchers, Fault(**case.fault))) for case in CASES]

    assert reported == [case.fault | expected(case) for case in CASES]


async def synced(fetchers: FetcherPrograms, fault: Fault) -> SyncFetched:
    fetchers.hemis.faults.add(fault)
    decision = await fetchers.decided(await fetchers.start_sync())
    fetchers.hemis.faults.clear()
    return decision


def verdict(decision: SyncFetched) -> dict[str, Any]:
    names = ("complete", "missing", "departed", "failed_pages", "doubt")
    return {name: getattr(decision, name) for name in names}


def expected(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case._asdict().items() if name != "fault"}


async def test_a_server_that_gives_smaller_pages_is_read_to_its_end(
    fetchers: FetcherPrograms,
) -> None:
    fetchers.hemis.behave(msgspec.structs.replace(Behaviour(), largest_page=40))
    await fetchers.launch(HEMIS_PAGE_PAUSE_SECONDS="0")

    decision = await fetchers.decided(await fetchers.start_sync())

    assert (decision.complete, decision.distinct) == (True, STUDENTS)
    assert sum(fetchers.pages_asked().values()) == 8

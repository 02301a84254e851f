"""HEMIS's bad days, over real HTTP and into PostgreSQL (docs/simulator.md names the cases)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import Answer, System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

STUDENTS, PAGE = 60, 10
FAST = {
    "HEMIS_PAGE_SIZE": str(PAGE),
    "HEMIS_PAGE_PAUSE_SECONDS": "0",
    "HEMIS_RETRY_ATTEMPTS": "2",
    "HEMIS_RETRY_BASE_SECONDS": "0.05",
    "HEMIS_RETRY_AFTER_MAX_SECONDS": "1",
    "HEMIS_REQUEST_TIMEOUT_SECONDS": "2",
    "HEMIS_MAX_FAILED_PAGES_IN_A_ROW": "3",
}


@dataclass(frozen=True)
class BadDay:
    name: str
    faults: tuple[dict[str, Any], ...]
    status: str = "completed"
    complete: bool | None = True
    missing: int = 0
    error: str = ""
    """Must stand in the errors or the message."""


def once(*faults: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Each fault strikes one page once, from the second page on."""
    return tuple({**fault, "page": page, "times": 1} for page, fault in enumerate(faults, start=2))


def status(code: int, **values: Any) -> dict[str, Any]:
    return {"kind": "status", "status": code, **values}


BAD_DAYS = (
    BadDay(
        "429 with seconds, with an absurd time, below zero, without",
        once(*(status(429, retry_after=asked) for asked in ("1", "86400", "-5", None))),
    ),
    BadDay("500, 502, 503, 504", once(*(status(code) for code in (500, 502, 503, 504)))),
    BadDay(
        "no page in an answer of 200",
        once(*({"kind": kind} for kind in ("html", "wrong_type", "success_false", "not_json"))),
    ),
    BadDay(
        "broken bodies",
        once(*({"kind": kind} for kind in ("truncate", "wrong_length", "gzip_bomb", "reset"))),
    ),
    BadDay("a drip", ({"kind": "drip", "page": 4, "times": 1, "seconds": 0.5},)),
    BadDay(
        "people come and go between pages",
        ({"kind": "drift", "request": 3, "times": 1, "remove": 2, "add": 1},),
    ),
    BadDay(
        "a total that changes, a page that repeats",
        (
            {"kind": "wrong_total", "request": 3, "times": 1, "delta": 15},
            {"kind": "wrong_page", "page": 5, "times": 1, "delta": -1},
        ),
    ),
    BadDay(
        "a total that drops to a few",
        ({"kind": "wrong_total", "request": 3, "delta": 12 - STUDENTS},),
        complete=False,
        error="HEMIS counts",
    ),
    BadDay(
        "a login page for ever",
        ({"kind": "html", "page": 3},),
        complete=False,
        missing=PAGE,
        error="Page 3: ",
    ),
    BadDay(
        "HEMIS goes away",
        tuple(status(503, page=page) for page in (3, 4, 5)),
        "failed",
        None,
        error="3 pages in a row failed",
    ),
    BadDay("no token", (status(401, page=2),), "failed", None, error="check HEMIS_BEARER_TOKEN"),
    BadDay("no permission", (status(403, page=2),), "failed", None, error="administrator"),
    BadDay("no such list", (status(404, page=2),), "failed", None, error="check HEMIS_API_URL"),
)


async def test_every_faulty_sync_ends_complete_or_reports_exactly_what_is_missing(
    system: System,
) -> None:
    await system.start_all(STUDENTS, 0, **FAST)
    for number, day in enumerate(BAD_DAYS):
        await _change_everybody(system, number)
        for fault in day.faults:
            await system.control("faults", {"endpoint": "student-list", **fault})

        progress = await system.sync("students")

        await system.control("faults", method="DELETE")
        _assert_ended(progress, day)
        if day.complete:
            await _assert_students_equal_the_source(system)
    await _assert_the_failed_sync_can_be_resumed(system)


async def _change_everybody(system: System, number: int) -> None:
    """Give every page something to bring."""
    ids = [str(item["id"]) for item in await system.source("students")]
    change = {hemis_id: {"email": f"day{number}@example.uz"} for hemis_id in ids}
    await system.control("records", {"resource": "students", "change": change})


def _assert_ended(progress: Answer, day: BadDay) -> None:
    found = (progress["status"], progress["complete"])
    assert found == (day.status, day.complete), f"{day.name}: {progress}"
    if day.missing:
        assert progress["missing"] == day.missing, f"{day.name}: {progress}"
    told = f"{progress['message']} {progress['errors']}"
    assert day.error in told, f"{day.name}: {progress}"


async def _assert_students_equal_the_source(system: System) -> None:
    """Who left HEMIS keeps a row; all others are as HEMIS has them."""
    await system.rows("DELETE FROM hemis.students WHERE hemis_id <> ALL($1)", await _ids(system))
    await assert_tables_equal_the_source(system)


async def _ids(system: System) -> list[int]:
    return [item["id"] for item in await system.source("students")]


async def _assert_the_failed_sync_can_be_resumed(system: System) -> None:
    progress = await system.get("/api/hemis/progress/students")
    answer_status, answer = await system.post(f"/api/hemis/syncs/{progress['syncId']}/resume")
    assert answer_status == 202, answer

    resumed = await system.ended("students", str(progress["syncId"]))

    assert (resumed["status"], resumed["complete"], resumed["attempt"]) == ("completed", True, 2)
    await _assert_students_equal_the_source(system)

"""As many gone as come between two pages: no count shows it, one question does."""

from typing import Any

import pytest
from typing_extensions import override

from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import PageFetched, SyncFetched
from services.fetcher.hemis.errors import HemisError, HemisRejected, HemisUnavailable
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.syncs.steps import MOST_PASSES
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import Call, ScriptedHemis, position, student
from tests.scenarios.fetcher.virtual_time import START_MS

NOW = START_MS // 1000
CHANGED = "updated_at_from"


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(number, updated_at=1) for number in range(1, 36)]
    system.hemis.items[EMPLOYEES] = [position(number, number) for number in range(1, 36)]


def swap(hemis: ScriptedHemis, first: int, count: int = 5, at: int = NOW) -> None:
    """Let some of page 1 go, and as many come to where they were."""
    joined = [student(number, updated_at=at) for number in range(first, first + count)]
    hemis.items[STUDENTS][:count] = joined


async def after_two_pages(system: FetcherSystem) -> None:
    await system.until(lambda: len(system.events(PageFetched)) == 2)


def questions(system: FetcherSystem) -> list[Call]:
    return [call for call in system.hemis.calls if CHANGED in call.filters]


def missing(system: FetcherSystem) -> set[str]:
    there = {str(item["id"]) for item in system.hemis.items[STUDENTS]}
    return there - set(system.published())


async def swapped(system: FetcherSystem, **fields: Any) -> SyncFetched:
    async with system.fetcher():
        sync_id = system.start(**fields)
        await after_two_pages(system)
        swap(system.hemis, 100, at=NOW + round(system.hemis.clock_ahead_seconds))
        return await system.decided(sync_id)


@pytest.mark.parametrize("ahead", [0.0, 3600.0, -3600.0])
async def test_students_who_join_while_as_many_leave_are_found(
    system: FetcherSystem, ahead: float
) -> None:
    system.hemis.clock_ahead_seconds = ahead

    decision = await swapped(system)

    assert missing(system) == set()
    assert (decision.complete, decision.source_total, decision.departed) == (True, 35, 5)
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2, 3, 4]
    assert len(questions(system)) == 2


async def test_an_unchanged_list_costs_one_more_request_with_the_same_filters_and_the_pause(
    system: FetcherSystem,
) -> None:
    system.student_status = "11"

    async with system.fetcher():
        decision = await system.decided(system.start())

    *_, last, question = system.hemis.calls
    assert decision.complete
    assert question.filters == {"_student_status": "11", CHANGED: str(NOW - 600)}
    assert (question.page, question.page_size) == (1, last.page_size)
    assert question.began - last.ended >= system.pause_seconds


async def test_a_student_whom_the_list_never_shows_makes_it_read_again_only_once(
    system: FetcherSystem,
) -> None:
    class Odd(ScriptedHemis):
        @override
        async def list_page(self, query: ListQuery) -> Page:
            page = await super().list_page(query)
            is_question = CHANGED in query.scope.filters
            return Page(1, 1, 1, (b'{"id":999}',), page.size) if is_question else page

    odd = Odd()
    odd.items = system.hemis.items
    system.hemis = odd
    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.complete
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2, 3, 4]
    assert "999" not in system.published()


async def test_a_list_that_moves_at_every_lap_is_not_complete(system: FetcherSystem) -> None:
    class Restless(ScriptedHemis):
        @override
        async def list_page(self, query: ListQuery) -> Page:
            page = await super().list_page(query)
            if query.page == 4:
                swap(self, 100 * len(self.calls))
            return page

    restless = Restless()
    restless.items = system.hemis.items
    system.hemis = restless
    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.outcome, decision.complete) == (Outcome.COMPLETED, False)
    assert decision.doubt == f"HEMIS's list changed each of the {MOST_PASSES} times it was read"
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4] * MOST_PASSES


@pytest.mark.parametrize("error", [HemisRejected(400, "x"), HemisUnavailable("x")])
async def test_if_hemis_cannot_list_changes_the_counts_decide(
    system: FetcherSystem, error: HemisError
) -> None:
    system.hemis.changed_error = error

    decision = await swapped(system)

    assert decision.complete
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]


async def test_what_changed_between_cancel_and_resume_is_found(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await after_two_pages(system)
        system.cancel(sync_id)
        await system.decided(sync_id)
        swap(system.hemis, 100)
        system.resume(sync_id)
        await system.until(lambda: system.events(SyncFetched)[-1].attempt == 2)

    assert system.events(SyncFetched)[-1].complete
    assert missing(system) == set()


async def test_a_fetcher_that_takes_over_after_the_last_page_checks_for_missed_changes_too(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: len(system.events(PageFetched)) == 4)
        swap(system.hemis, 100)
    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert decision.complete
    assert missing(system) == set()
    assert questions(system)


async def test_missed_changes_are_not_checked_if_that_proves_nothing(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await system.decided(system.start(EMPLOYEES))
        del system.hemis.items[STUDENTS][10:]
        await system.decided(system.start())
        await system.decided(system.start(mode=Mode.INCREMENTAL))

    assert questions(system) == []

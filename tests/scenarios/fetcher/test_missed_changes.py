"""As many gone as come between two pages: no count shows it, one question does."""

from typing import Any

import pytest
from typing_extensions import override

from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import PageFetched, SyncFetched
from services.fetcher.hemis.errors import HemisError, HemisRejected, HemisUnavailable
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.syncs.completeness import MOST_LAPS
from tests.scenarios.fetcher.fetcher_in_memory import EMPLOYEES, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import Call, ScriptedHemis, position, student
from tests.scenarios.fetcher.virtual_time import START_MS

NOW = START_MS // 1000
CHANGED = "updated_at_from"


@pytest.fixture(autouse=True)
def people(stage: Stage) -> None:
    stage.hemis.items[STUDENTS] = [student(number, updated_at=1) for number in range(1, 36)]
    stage.hemis.items[EMPLOYEES] = [position(number, number) for number in range(1, 36)]


def swap(hemis: ScriptedHemis, first: int, count: int = 5, at: int = NOW) -> None:
    """Let some of page 1 go, and as many come to where they were."""
    joined = [student(number, updated_at=at) for number in range(first, first + count)]
    hemis.items[STUDENTS][:count] = joined


async def after_two_pages(stage: Stage) -> None:
    await stage.until(lambda: len(stage.events(PageFetched)) == 2)


def questions(stage: Stage) -> list[Call]:
    return [call for call in stage.hemis.calls if CHANGED in call.filters]


def missing(stage: Stage) -> set[str]:
    there = {str(item["id"]) for item in stage.hemis.items[STUDENTS]}
    return there - set(stage.published())


async def swapped(stage: Stage, **fields: Any) -> SyncFetched:
    async with stage.fetcher():
        sync_id = stage.start(**fields)
        await after_two_pages(stage)
        swap(stage.hemis, 100, at=NOW + round(stage.hemis.clock_ahead_seconds))
        return await stage.decided(sync_id)


@pytest.mark.parametrize("ahead", [0.0, 3600.0, -3600.0])
async def test_students_who_join_while_as_many_leave_are_found(stage: Stage, ahead: float) -> None:
    stage.hemis.clock_ahead_seconds = ahead

    decision = await swapped(stage)

    assert missing(stage) == set()
    assert (decision.complete, decision.source_total, decision.departed) == (True, 35, 5)
    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2, 3, 4]
    assert len(questions(stage)) == 2


async def test_a_quiet_list_costs_one_question_with_the_same_filters_and_the_pause(
    stage: Stage,
) -> None:
    stage.student_status = "11"

    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    *_, last, question = stage.hemis.calls
    assert decision.complete
    assert question.filters == {"_student_status": "11", CHANGED: str(NOW - 600)}
    assert (question.page, question.page_size) == (1, last.page_size)
    assert question.began - last.ended >= stage.pause_seconds


async def test_a_student_whom_the_list_never_shows_makes_it_read_again_only_once(
    stage: Stage,
) -> None:
    class Odd(ScriptedHemis):
        @override
        async def list_page(self, query: ListQuery) -> Page:
            page = await super().list_page(query)
            is_question = CHANGED in query.filters
            return Page(1, 1, 1, (b'{"id":999}',), page.size) if is_question else page

    odd = Odd()
    odd.items = stage.hemis.items
    stage.hemis = odd
    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert decision.complete
    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4, 1, 2, 3, 4]
    assert "999" not in stage.published()


async def test_a_list_that_moves_at_every_lap_is_not_complete(stage: Stage) -> None:
    class Restless(ScriptedHemis):
        @override
        async def list_page(self, query: ListQuery) -> Page:
            page = await super().list_page(query)
            if query.page == 4:
                swap(self, 100 * len(self.calls))
            return page

    restless = Restless()
    restless.items = stage.hemis.items
    stage.hemis = restless
    async with stage.fetcher():
        decision = await stage.decided(stage.start())

    assert (decision.outcome, decision.complete) == (Outcome.COMPLETED, False)
    assert decision.doubt == f"HEMIS's list changed each of the {MOST_LAPS} times it was read"
    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4] * MOST_LAPS


@pytest.mark.parametrize("error", [HemisRejected(400, "x"), HemisUnavailable("x")])
async def test_where_hemis_has_no_list_of_the_changed_its_counts_hold(
    stage: Stage, error: HemisError
) -> None:
    stage.hemis.changed_error = error

    decision = await swapped(stage)

    assert decision.complete
    assert stage.hemis.pages_asked(STUDENTS) == [1, 2, 3, 4]


async def test_what_changed_between_cancel_and_resume_is_found(stage: Stage) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await after_two_pages(stage)
        stage.cancel(sync_id)
        await stage.decided(sync_id)
        swap(stage.hemis, 100)
        stage.resume(sync_id)
        await stage.until(lambda: stage.events(SyncFetched)[-1].attempt == 2)

    assert stage.events(SyncFetched)[-1].complete
    assert missing(stage) == set()


async def test_a_fetcher_that_takes_over_after_the_last_page_asks_the_question_too(
    stage: Stage,
) -> None:
    async with stage.fetcher():
        sync_id = stage.start()
        await stage.until(lambda: len(stage.events(PageFetched)) == 4)
        swap(stage.hemis, 100)
    async with stage.fetcher():
        decision = await stage.decided(sync_id)

    assert decision.complete
    assert missing(stage) == set()
    assert questions(stage)


async def test_the_question_is_not_asked_where_the_answer_proves_nothing(stage: Stage) -> None:
    async with stage.fetcher():
        await stage.decided(stage.start(EMPLOYEES))
        del stage.hemis.items[STUDENTS][10:]
        await stage.decided(stage.start())
        await stage.decided(stage.start(mode=Mode.INCREMENTAL))

    assert questions(stage) == []

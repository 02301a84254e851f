"""Pages that fail, refusals, and waits that HEMIS asks for."""

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import PageFailed, PageFetched, SyncWaiting
from services.fetcher.hemis.errors import (
    HemisMalformed,
    HemisRateLimited,
    HemisRejected,
    HemisTokenReplaced,
    HemisUnavailable,
    HemisUntrusted,
)
from tests.scenarios.fetcher.fetcher_system import ADDRESS, EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student

AWAY = HemisUnavailable("HTTP 503 from somewhere")


def with_students(system: FetcherSystem, number: int) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, number + 1)]


async def test_a_page_failing_twice_costs_two_retries_and_no_error(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 2, AWAY, times=2)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.retries == 2
    assert decision.failed_pages == ()
    assert system.events(PageFailed) == []
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 2, 2, 3, 4]
    waits = [call.began for call in system.hemis.calls if call.page == 2]
    assert 1.0 <= waits[1] - waits[0] <= 1.5
    assert 2.0 <= waits[2] - waits[1] <= 2.5


async def test_a_page_that_fails_for_ever_is_named_and_the_others_are_fetched(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 2, HemisMalformed("the answer is no JSON"))

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED
    assert decision.failed_pages == (2,)
    assert (decision.distinct, decision.missing) == (25, 10)
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 2, 2, 2, 3, 4, 2, 2, 2, 2]
    failed = system.events(PageFailed)[0]
    assert (failed.page, failed.code, failed.reason) == (2, "malformed", "the answer is no JSON")


async def test_a_failed_page_that_works_in_the_second_pass_is_no_longer_failed(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 2, AWAY, times=4)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.failed_pages == ()
    assert decision.missing == 0
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 2, 2, 2, 3, 4, 2]


async def test_a_first_page_that_fails_fails_the_sync(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 1, AWAY)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.FAILED
    assert "first page" in decision.reason
    assert system.hemis.pages_asked(STUDENTS) == [1, 1, 1, 1]


async def test_too_many_failed_pages_in_a_row_fail_the_sync(system: FetcherSystem) -> None:
    with_students(system, 100)
    for page in range(3, 11):
        system.hemis.fail(STUDENTS, page, AWAY)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.FAILED
    assert decision.failed_pages == (3, 4, 5, 6, 7)
    assert system.readiness.states()["hemis"] == str(AWAY)


@pytest.mark.parametrize(
    "error",
    [
        HemisRejected(401, ADDRESS),
        HemisRejected(403, ADDRESS),
        HemisRejected(404, ADDRESS),
        HemisUntrusted("certificate"),
    ],
)
async def test_a_refusal_that_holds_for_every_page_ends_the_sync_at_once(
    system: FetcherSystem, error: HemisRejected
) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 3, error)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.FAILED
    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 3]


async def test_another_refusal_fails_the_page_without_a_retry(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 3, HemisRejected(422, ADDRESS))

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED
    assert decision.failed_pages == (3,)
    assert decision.retries == 0


async def test_retry_after_holds_every_request_and_is_reported(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(1, 36)]
    system.hemis.fail(STUDENTS, 2, HemisRateLimited(ADDRESS, 12.0), times=1)

    async with system.fetcher():
        first, second = system.start(), system.start(EMPLOYEES)
        await system.decided(first)
        await system.decided(second)

    refused = next(
        call for call in system.hemis.calls if call.page == 2 and call.resource == STUDENTS
    )
    after = [
        call.began - refused.ended for call in system.hemis.calls if call.began > refused.ended
    ]
    assert min(after) >= 12.0
    waiting = system.events(SyncWaiting, first)[0]
    assert (waiting.seconds, waiting.reason) == (12.0, "HEMIS asked to slow down")
    assert system.events(SyncWaiting, second)


async def test_a_limit_without_a_time_holds_every_call_as_long_as_ours_waits(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    system.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(1, 36)]
    system.hemis.fail(STUDENTS, 2, HemisRateLimited(ADDRESS, None), times=2)

    async with system.fetcher():
        first, second = system.start(), system.start(EMPLOYEES)
        await system.decided(first)
        await system.decided(second)

    limited = [c for c in system.hemis.calls if c.page == 2 and c.resource == STUDENTS][:2]
    for refused, least in zip(limited, (1.0, 2.0), strict=True):
        after = [call.began - refused.ended for call in system.hemis.calls]
        assert min(seconds for seconds in after if seconds > 0) >= least


async def test_a_server_error_may_ask_for_a_pause_too(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 2, HemisUnavailable("HTTP 503", 12.0), times=1)

    async with system.fetcher():
        sync_id = system.start()
        await system.decided(sync_id)

    tries = [call for call in system.hemis.calls if call.page == 2]
    assert tries[1].began - tries[0].ended >= 12.0
    assert system.events(SyncWaiting, sync_id)[0].seconds == 12.0


async def test_a_replaced_token_is_tried_once_and_a_refusal_then_ends_the_sync(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 3, HemisRejected(401, ADDRESS))
    system.hemis.fail(STUDENTS, 2, HemisTokenReplaced(ADDRESS), times=1)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert system.hemis.pages_asked(STUDENTS) == [1, 2, 2, 3]
    assert decision.outcome is Outcome.FAILED
    assert "check HEMIS_BEARER_TOKEN" in decision.reason


async def test_an_absurd_retry_after_is_bounded(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.fail(STUDENTS, 2, HemisRateLimited(ADDRESS, 86_400.0), times=1)

    async with system.fetcher():
        await system.decided(system.start())

    tries = [call.began for call in system.hemis.calls if call.page == 2]
    assert 300 <= tries[1] - tries[0] < 302


async def test_the_first_page_is_no_repeated_one_after_hemis_gave_it_for_one_beyond_the_last(
    system: FetcherSystem,
) -> None:
    with_students(system, 12)
    everybody = list(system.hemis.items[STUDENTS])

    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: len(system.events(PageFetched)) == 1)
        # For one request HEMIS has one page, and a total that fits nothing.
        system.hemis.items[STUDENTS] = everybody[:10]
        system.hemis.totals[STUDENTS] = 14
        await system.until(lambda: len(system.events(PageFetched)) == 2)
        system.hemis.items[STUDENTS] = everybody
        del system.hemis.totals[STUDENTS]
        decision = await system.decided(sync_id)

    assert system.events(PageFailed) == []
    assert (decision.complete, decision.distinct) == (True, 12)

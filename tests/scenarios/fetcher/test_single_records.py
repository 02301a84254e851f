"""Single persons by either identifier, at once, also during a full sync."""

import pytest

from libs.common.contracts.enums import Kind, Outcome
from libs.common.contracts.events import PageFetched, SyncFetched, SyncStarted
from services.fetcher.hemis.errors import HemisRejected, HemisUnavailable
from services.fetcher.hemis.ports import StudentCard
from tests.scenarios.fetcher.fetcher_system import ADDRESS, EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student


@pytest.fixture(autouse=True)
def people(system: FetcherSystem) -> None:
    people = [student(hemis_id) for hemis_id in range(1, 36)]
    system.hemis.items[STUDENTS] = people
    system.hemis.cards = {
        person["id"]: StudentCard(person["student_id_number"], f"NAMUNA {person['id']}")
        for person in people
    }
    system.hemis.items[EMPLOYEES] = [
        position(hemis_id, 100 * hemis_id + number) for hemis_id in (7, 8) for number in (1, 2)
    ]


def number_of(hemis_id: int) -> str:
    return str(student(hemis_id)["student_id_number"])


def employee_number(hemis_id: int) -> str:
    return str(position(hemis_id, 1)["employee_id_number"])


@pytest.mark.parametrize(
    ("hemis_id", "number"), [(5, None), (None, number_of(5)), (5, number_of(5))]
)
async def test_a_student_is_found_by_either_identifier_and_by_both(
    system: FetcherSystem, hemis_id: int | None, number: str | None
) -> None:
    async with system.fetcher():
        sync_id = system.fetch(hemis_id, number)
        decision = await system.decided(sync_id)

    assert decision.outcome is Outcome.COMPLETED
    assert (decision.hemis_ids, decision.distinct, decision.source_total) == ((5,), 1, 1)
    assert system.published() == ["5"]
    assert system.events(SyncStarted, sync_id)[0].kind is Kind.SINGLE
    assert system.hemis.calls[-1].filters == {"_student_status": "-1", "search": number_of(5)}


async def test_all_positions_of_an_employee_are_fetched(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.fetch(id_number=employee_number(7), resource=EMPLOYEES)
        decision = await system.decided(sync_id)

    assert sorted(system.published(EMPLOYEES)) == ["7:701", "7:702"]
    assert (decision.hemis_ids, decision.distinct) == ((7,), 2)


async def test_an_employee_known_by_id_is_searched_by_the_number_in_our_own_topic(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        await system.decided(system.start(EMPLOYEES))
        asked = len(system.hemis.calls)
        decision = await system.decided(system.fetch(7, resource=EMPLOYEES))

    (call,) = system.hemis.calls[asked:]
    assert call.filters["search"] == employee_number(7)
    assert decision.hemis_ids == (7,)


async def test_an_employee_we_never_saw_is_found_by_reading_the_whole_list(
    system: FetcherSystem,
) -> None:
    system.hemis.items[EMPLOYEES] += [position(9, 1000 + number) for number in range(300)]

    async with system.fetcher():
        decision = await system.decided(system.fetch(7, resource=EMPLOYEES))

    assert decision.hemis_ids == (7,)
    assert [call.page_size for call in system.hemis.calls] == [200, 200]
    first, second = system.hemis.calls
    assert second.began - first.ended >= 1.0


async def test_a_person_who_moves_past_the_reader_in_a_changing_list_is_found(
    system: FetcherSystem,
) -> None:
    others = [position(9, 1000 + number) for number in range(220)]
    system.hemis.items[EMPLOYEES] = [*others[:200], position(7, 700), *others[200:]]

    async with system.fetcher():
        sync_id = system.fetch(7, resource=EMPLOYEES)
        await system.until(lambda: system.hemis.calls)
        del system.hemis.items[EMPLOYEES][0]
        decision = await system.decided(sync_id)

    assert decision.hemis_ids == (7,)


@pytest.mark.parametrize("asked", ["3900", "39000000001"])
async def test_a_search_publishes_only_exact_matches_of_the_number(
    system: FetcherSystem, asked: str
) -> None:
    system.hemis.items[STUDENTS] = [
        student(1, student_id_number="39000000001"),
        student(2, student_id_number="390000000011"),
        student(3, full_name="NAMUNA 39000000001"),
    ]

    async with system.fetcher():
        decision = await system.decided(system.fetch(id_number=asked))

    assert decision.hemis_ids == ((1,) if asked == "39000000001" else ())
    assert decision.outcome is (Outcome.COMPLETED if decision.hemis_ids else Outcome.NOT_FOUND)


async def test_an_employee_is_found_by_both_identifiers(system: FetcherSystem) -> None:
    async with system.fetcher():
        decision = await system.decided(system.fetch(7, employee_number(7), EMPLOYEES))

    assert sorted(system.published(EMPLOYEES)) == ["7:701", "7:702"]
    assert decision.hemis_ids == (7,)


async def test_a_student_without_a_number_is_found_by_name(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [
        student(1, student_id_number=None, full_name="SINOVOV NAMUNA"),
        student(2, student_id_number=None, full_name="SINOVOV NAMUNA"),
    ]
    system.hemis.cards = {2: StudentCard("", "SINOVOV NAMUNA")}

    async with system.fetcher():
        decision = await system.decided(system.fetch(2))

    assert decision.hemis_ids == (2,)
    assert system.published() == ["2"]


@pytest.mark.parametrize(
    ("hemis_id", "number"),
    [(999, None), (None, "390000000999"), (5, "390000000999"), (999, number_of(5))],
)
async def test_an_identifier_that_nobody_has_is_not_found(
    system: FetcherSystem, hemis_id: int | None, number: str | None
) -> None:
    async with system.fetcher():
        decision = await system.decided(system.fetch(hemis_id, number))

    assert decision.outcome is Outcome.NOT_FOUND
    assert system.published() == []


async def test_identifiers_of_different_students_are_a_mismatch(system: FetcherSystem) -> None:
    async with system.fetcher():
        decision = await system.decided(system.fetch(5, number_of(6)))

    assert decision.outcome is Outcome.MISMATCH
    assert system.published() == []


async def test_identifiers_of_different_employees_are_a_mismatch(system: FetcherSystem) -> None:
    async with system.fetcher():
        await system.decided(system.start(EMPLOYEES))
        decision = await system.decided(system.fetch(7, employee_number(8), EMPLOYEES))

    assert decision.outcome is Outcome.MISMATCH


async def test_a_single_record_passes_a_page_that_waits_for_its_retry(
    system: FetcherSystem,
) -> None:
    system.hemis.fail(STUDENTS, 3, HemisUnavailable("HTTP 503"), times=3)

    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: system.hemis.pages_asked(STUDENTS).count(3) == 3)
        before = system.clock.monotonic()
        await system.decided(system.fetch(5))
        passed = system.clock.monotonic() - before
        decision = await system.decided(sync_id)

    assert passed < 1.0
    assert decision.distinct == 35


async def test_records_of_a_resource_stand_in_the_order_of_their_requests(
    system: FetcherSystem,
) -> None:
    async with system.fetcher():
        sync_id = system.start()
        for hemis_id in (3, 20, 35):
            await system.until(lambda: system.events(PageFetched))
            await system.decided(system.fetch(hemis_id))
        await system.decided(sync_id)

    for partition in range(4):
        times = [
            dict(record.headers)["ce_time"]
            for record in system.records()
            if record.partition == partition
        ]
        assert times == sorted(times)


async def test_a_search_that_is_refused_fails_the_single_sync_only(system: FetcherSystem) -> None:
    system.hemis.fail(STUDENTS, 1, HemisRejected(401, ADDRESS), times=1)

    async with system.fetcher():
        failed = await system.decided(system.fetch(id_number=number_of(5)))
        completed = await system.decided(system.fetch(id_number=number_of(5)))

    assert failed.outcome is Outcome.FAILED
    assert completed.outcome is Outcome.COMPLETED


async def test_an_open_request_is_taken_over(system: FetcherSystem) -> None:
    system.hemis.seconds = 30.0
    async with system.fetcher():
        sync_id = system.fetch(5)
        await system.until(lambda: system.hemis.card_calls)
    system.hemis.seconds = 0.1

    async with system.fetcher():
        decision = await system.decided(sync_id)
        await system.until(lambda: not system.checkpoint().open_requests)

    assert decision.outcome is Outcome.COMPLETED
    assert system.published() == ["5"]


async def test_an_open_request_can_be_cancelled(system: FetcherSystem) -> None:
    system.hemis.seconds = 30.0

    async with system.fetcher():
        sync_id = system.fetch(5)
        await system.until(lambda: system.hemis.card_calls)
        system.cancel(sync_id)
        decision = await system.decided(sync_id)

    assert decision.outcome is Outcome.CANCELLED
    assert system.checkpoint().open_requests == ()


async def test_a_request_that_ended_is_answered_and_not_run_again(system: FetcherSystem) -> None:
    async with system.fetcher():
        sync_id = system.fetch(5)
        await system.decided(sync_id)
        await system.until(lambda: system.checkpoint().knows(sync_id))
        system.fetch(5, sync_id=sync_id)
        await system.until(lambda: len(system.events(SyncFetched, sync_id)) == 2)

    assert system.events(SyncFetched, sync_id)[1].outcome is Outcome.COMPLETED
    assert system.published() == ["5"]

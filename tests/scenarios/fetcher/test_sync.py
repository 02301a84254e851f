"""A sync from its first page to its decision."""

from itertools import pairwise

import msgspec

from libs.common.contracts.enums import Kind, Mode, Outcome
from libs.common.contracts.events import PageFetched, SyncStarted
from tests.scenarios.fetcher.fetcher_system import ADDRESS, EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student


def with_students(system: FetcherSystem, number: int) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, number + 1)]


async def test_a_sync_publishes_every_record_once(system: FetcherSystem) -> None:
    with_students(system, 35)

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert sorted(map(int, system.published())) == list(range(1, 36))
    assert decision.outcome is Outcome.COMPLETED
    assert (decision.source_total, decision.fetched, decision.distinct) == (35, 35, 35)
    assert (decision.missing, decision.departed, decision.failed_pages) == (0, 0, ())
    ends = {str(record.partition): record.offset + 1 for record in system.records()}
    assert decision.end_offsets == ends


async def test_a_sync_reports_its_start_and_each_page(system: FetcherSystem) -> None:
    with_students(system, 35)

    async with system.fetcher():
        await system.decided(system.start(requested_by="registry"))

    (started,) = system.events(SyncStarted)
    assert (started.kind, started.mode, started.attempt) == (Kind.FULL, Mode.FULL, 1)
    assert (started.page_size, started.requested_by) == (10, "registry")
    pages = system.events(PageFetched)
    assert [page.page for page in pages] == [1, 2, 3, 4]
    assert [page.fetched for page in pages] == [10, 20, 30, 35]
    assert [page.next_page for page in pages] == [2, 3, 4, None]
    assert {page.page_count for page in pages} == {4}


async def test_the_value_is_what_hemis_sent(system: FetcherSystem) -> None:
    with_students(system, 1)

    async with system.fetcher():
        sync_id = await system.decided(system.start())

    (record,) = system.records()
    assert record.value == msgspec.json.encode(student(1))
    headers = {name: value.decode() for name, value in record.headers}
    assert headers["ce_id"] == f"{sync_id.sync_id}/1/1"
    assert headers["ce_source"] == ADDRESS


async def test_times_of_requests_never_go_back_and_stand_in_the_checkpoint(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)

    async with system.fetcher():
        await system.decided(system.start())

    times = {dict(record.headers)["page"]: dict(record.headers)["ce_time"]
             for record in system.records()}  # fmt: skip
    ordered = [times[str(page).encode()] for page in (1, 2, 3, 4)]
    assert ordered == sorted(set(ordered))
    assert system.checkpoint().last_ce_time > 0


async def test_all_positions_of_a_person_land_on_one_partition(system: FetcherSystem) -> None:
    system.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(100, 125)]

    async with system.fetcher():
        decision = await system.decided(system.start(EMPLOYEES))

    assert len({record.partition for record in system.records(EMPLOYEES)}) == 1
    assert set(system.published(EMPLOYEES)) == {f"7:{meta_id}" for meta_id in range(100, 125)}
    assert decision.distinct == 25


async def test_each_resource_asks_with_its_own_filters(system: FetcherSystem) -> None:
    with_students(system, 1)
    system.hemis.items[EMPLOYEES] = [position(7, 100)]

    async with system.fetcher():
        first, second = system.start(), system.start(EMPLOYEES)
        await system.decided(first)
        await system.decided(second)

    filters = {call.resource: call.filters for call in system.hemis.calls}
    assert filters == {STUDENTS: {"_student_status": "-1"}, EMPLOYEES: {"type": "all"}}


async def test_no_page_is_asked_for_sooner_than_the_pause_after_any_other(
    system: FetcherSystem,
) -> None:
    with_students(system, 35)
    system.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(35)]

    async with system.fetcher():
        first, second = system.start(), system.start(EMPLOYEES)
        await system.decided(first)
        await system.decided(second)

    calls = system.hemis.calls
    gaps = [later.began - sooner.ended for sooner, later in pairwise(calls)]
    assert len(calls) == 9
    assert min(gaps) >= 1.0
    assert max(gaps) < 1.1


async def test_the_resources_take_turns(system: FetcherSystem) -> None:
    with_students(system, 35)
    system.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(1, 36)]

    async with system.fetcher():
        first, second = system.start(), system.start(EMPLOYEES)
        await system.decided(first)
        await system.decided(second)

    assert [call.resource for call in system.hemis.calls][1:7] in (
        [EMPLOYEES, STUDENTS] * 3,
        [STUDENTS, EMPLOYEES] * 3,
    )


async def test_a_record_without_a_usable_id_becomes_a_dead_letter_and_counts_once(
    system: FetcherSystem,
) -> None:
    with_students(system, 12)
    system.hemis.items[STUDENTS][3] = {"id": 0, "full_name": "Namuna"}
    system.hemis.items[STUDENTS][5] = None

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert len(system.published()) == 10
    assert (decision.distinct, decision.rejected, decision.missing) == (12, 2, 0)
    values = {record.value for record in system.dead_letters()}
    assert values == {b'{"id":0,"full_name":"Namuna"}', b"null"}


async def test_an_empty_list_is_a_complete_sync(system: FetcherSystem) -> None:
    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.outcome is Outcome.COMPLETED
    assert decision.source_total == 0

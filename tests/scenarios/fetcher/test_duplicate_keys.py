"""Two records of HEMIS under one key are noticed; one record that is seen again is not two."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.checkpoints import record_number
from libs.common.contracts.events import PageFetched, RecordRejected, SyncFetched
from libs.common.contracts.resources import Resource
from services.fetcher.syncs.duplicate_keys import DuplicateKeys
from services.fetcher.syncs.id_set import IdSet
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student


def post(**fields: Any) -> dict[str, Any]:
    """One of a person's posts, on a server that sends no ``meta_id``."""
    return {"id": 7, "employee_id_number": "3262311010", **fields}


def put(system: FetcherSystem, resource: Resource, *ours: tuple[int, dict[str, Any]]) -> None:
    """List 35 records, these at these places."""
    make = student if resource == STUDENTS else lambda n: position(n, n)
    items = [make(number) for number in range(100, 135)]
    for place, item in ours:
        items[place] = item
    system.hemis.items[resource] = items


def two_records(resource: Resource) -> tuple[dict[str, Any], dict[str, Any]]:
    if resource == EMPLOYEES:
        return post(decree_number="1"), post(decree_number="2")
    return student(7, full_name="A"), student(7, full_name="B")


async def test_two_posts_that_differ_in_rate_and_contract_are_two_records(
    system: FetcherSystem,
) -> None:
    rates = [{"code": "11"}, {"code": "13"}]
    posts = [
        post(employmentStaff=rates[0], contract_number="15"),
        post(employmentStaff=rates[1], contract_number="15"),
        post(employmentStaff=rates[1], contract_number="16"),
    ]
    put(system, EMPLOYEES, (3, posts[0]), (4, posts[1]), (22, posts[2]))

    async with system.fetcher():
        decision = await system.decided(system.start(EMPLOYEES))

    assert len([key for key in system.published(EMPLOYEES) if key.startswith("7:x")]) == 3
    assert (decision.distinct, decision.rejected, decision.complete) == (35, 0, True)


@pytest.mark.parametrize("places", [(3, 4), (3, 22), (22, 3), (9, 10)])
@pytest.mark.parametrize("resource", [STUDENTS, EMPLOYEES])
async def test_two_records_under_one_key_are_a_dead_letter(
    system: FetcherSystem, resource: Resource, places: tuple[int, int]
) -> None:
    put(system, resource, *zip(places, two_records(resource), strict=True))

    async with system.fetcher():
        decision = await system.decided(system.start(resource))

    (rejected,) = system.events(RecordRejected)
    (letter,) = system.dead_letters()
    assert (rejected.code, (rejected.record or "").split(":")[0]) == ("duplicate_key", "7")
    assert msgspec.json.decode(letter.value or b"") in two_records(resource)
    assert (decision.source_total, decision.distinct, decision.rejected) == (35, 35, 1)
    assert decision.missing == decision.departed == 0


@pytest.mark.parametrize("resource", [STUDENTS, EMPLOYEES])
async def test_every_sync_publishes_the_same_one_of_two_records(
    system: FetcherSystem, resource: Resource
) -> None:
    put(system, resource, *zip((3, 4), two_records(resource), strict=True))

    async with system.fetcher():
        for _ in range(2):
            await system.decided(system.start(resource))

    ours = [r.value for r in system.records(resource) if (r.key or b"").split(b":")[0] == b"7"]
    assert len(ours) == 2
    assert len(set(ours)) == 1


async def test_a_successor_still_knows_the_two_records_of_a_key(system: FetcherSystem) -> None:
    first, second = two_records(STUDENTS)
    put(system, STUDENTS, (3, first), (4, second))
    system.hemis.totals[STUDENTS] = 36

    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: len(system.events(PageFetched)) == 3)
    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert (decision.distinct, decision.rejected) == (35, 1)
    assert len({letter.key for letter in system.dead_letters()}) == 1


async def test_a_record_that_moved_and_changed_is_one_record(system: FetcherSystem) -> None:
    put(system, STUDENTS)
    items = system.hemis.items[STUDENTS]

    async with system.fetcher():
        sync_id = system.start()
        await system.until(lambda: len(system.events(PageFetched)) == 1)
        moved = items.pop(0)
        items.insert(15, moved | {"full_name": "changed"})
        decision: SyncFetched = await system.decided(sync_id)

    assert (decision.distinct, decision.rejected, decision.complete) == (35, 0, True)
    assert system.dead_letters() == []


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(2, 5))
def test_a_record_that_keeps_changing_is_one_record(steps: list[int], laps: int) -> None:
    seen = IdSet()
    duplicates = DuplicateKeys(seen)
    version = 0
    for step in [0, *steps] * laps:
        version += step
        assert not duplicates.is_duplicate("7", f"{version}", f"letter-{version}")
        seen.add([record_number("7")])


@given(st.permutations(["A", "B", "C"]), st.integers(1, 3))
def test_of_records_that_take_turns_one_is_left_and_stays(order: list[str], more: int) -> None:
    seen = IdSet()
    duplicates = DuplicateKeys(seen)
    for content in order * 3:
        if duplicates.is_duplicate("7", content, f"letter-{content}"):
            seen.add([record_number(f"letter-{content}")])
        seen.add([record_number("7")])

    left = [c for c in order * more if not duplicates.is_duplicate("7", c, f"letter-{c}")]

    assert len(left) == more
    assert len(set(left)) == 1

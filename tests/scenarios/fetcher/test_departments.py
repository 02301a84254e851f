"""A list of what is no people: no numbers, no search, nothing but its pages."""

import pytest

from libs.common.contracts.commands import ConfirmMissing, MissingRecord
from libs.common.contracts.enums import Mode
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.resources import Resource
from tests.scenarios.fetcher.fetcher_system import FetcherSystem

DEPARTMENTS = Resource.DEPARTMENTS


@pytest.fixture(autouse=True)
def departments(system: FetcherSystem) -> None:
    system.hemis.items[DEPARTMENTS] = [{"id": 5}, {"id": 6}]


def ask(system: FetcherSystem, *keys: str) -> None:
    records = tuple(MissingRecord(key=key, id_number="", tombstone=True) for key in keys)
    common = system._common(DEPARTMENTS, {"sync_id": "the-sync"})
    system.send(ConfirmMissing(**common, records=records))


async def answers(system: FetcherSystem, count: int) -> list[MissingConfirmed]:
    await system.until(lambda: len(system.events(MissingConfirmed)) >= count)
    return system.events(MissingConfirmed)


async def test_a_sync_asks_for_all_of_them_without_any_filter(system: FetcherSystem) -> None:
    async with system.fetcher():
        decision = await system.decided(system.start(DEPARTMENTS, mode=Mode.INCREMENTAL))

    assert decision.complete is True
    assert sorted(system.published(DEPARTMENTS)) == ["5", "6"]
    assert all(call.filters == {} for call in system.hemis.calls)


async def test_a_department_is_found_by_reading_the_whole_list(system: FetcherSystem) -> None:
    async with system.fetcher():
        decision = await system.decided(system.fetch(6, resource=DEPARTMENTS))

    assert decision.hemis_ids == (6,)
    assert system.published(DEPARTMENTS) == ["6"]


async def test_a_department_that_the_whole_list_lacks_is_gone(system: FetcherSystem) -> None:
    async with system.fetcher():
        ask(system, "6", "7")
        there, gone = await answers(system, 2)

    values = {(record.key, record.value) for record in system.records(DEPARTMENTS)}
    assert (there.present, gone.tombstones) == (("6",), ("7",))
    assert values == {(b"6", b'{"id":6}'), (b"7", None)}


async def test_a_list_too_long_for_one_answer_decides_nothing(system: FetcherSystem) -> None:
    system.hemis.items[DEPARTMENTS] = [{"id": number} for number in range(1, 202)]

    async with system.fetcher():
        ask(system, "999")
        (answer,) = await answers(system, 1)

    assert (answer.undecided, answer.tombstones) == (("999",), ())

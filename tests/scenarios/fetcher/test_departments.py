"""A list of what is no people: no numbers, no search, nothing but its pages."""

import pytest

from libs.common.contracts.commands import ConfirmMissing, MissingRecord
from libs.common.contracts.enums import Mode
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.resources import Resource
from tests.scenarios.fetcher.fetcher_in_memory import Stage

DEPARTMENTS = Resource.DEPARTMENTS


@pytest.fixture(autouse=True)
def departments(stage: Stage) -> None:
    stage.hemis.items[DEPARTMENTS] = [{"id": 5}, {"id": 6}]


def ask(stage: Stage, *keys: str) -> None:
    records = tuple(MissingRecord(key=key, id_number="", tombstone=True) for key in keys)
    common = stage._common(DEPARTMENTS, {"sync_id": "the-sync"})
    stage.send(ConfirmMissing(**common, records=records))


async def answers(stage: Stage, count: int) -> list[MissingConfirmed]:
    await stage.until(lambda: len(stage.events(MissingConfirmed)) >= count)
    return stage.events(MissingConfirmed)


async def test_a_sync_asks_for_all_of_them_without_any_filter(stage: Stage) -> None:
    async with stage.fetcher():
        decision = await stage.decided(stage.start(DEPARTMENTS, mode=Mode.INCREMENTAL))

    assert decision.complete is True
    assert sorted(stage.published(DEPARTMENTS)) == ["5", "6"]
    assert all(call.filters == {} for call in stage.hemis.calls)


async def test_one_that_is_wanted_again_is_found_by_walking_the_list(stage: Stage) -> None:
    async with stage.fetcher():
        decision = await stage.decided(stage.fetch(6, resource=DEPARTMENTS))

    assert decision.hemis_ids == (6,)
    assert stage.published(DEPARTMENTS) == ["6"]


async def test_what_the_whole_list_lacks_is_gone(stage: Stage) -> None:
    async with stage.fetcher():
        ask(stage, "6", "7")
        there, gone = await answers(stage, 2)

    values = {(record.key, record.value) for record in stage.records(DEPARTMENTS)}
    assert (there.present, gone.tombstones) == (("6",), ("7",))
    assert values == {(b"6", b'{"id":6}'), (b"7", None)}


async def test_a_list_too_long_for_one_answer_decides_nothing(stage: Stage) -> None:
    stage.hemis.items[DEPARTMENTS] = [{"id": number} for number in range(1, 202)]

    async with stage.fetcher():
        ask(stage, "999")
        (answer,) = await answers(stage, 1)

    assert (answer.undecided, answer.tombstones) == (("999",), ())

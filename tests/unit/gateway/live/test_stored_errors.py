"""Every error of a sync, page by page, whatever became of its records later."""

import pytest

from libs.common.contracts.enums import Outcome
from services.gateway.live.stored_errors import StoredErrors
from services.gateway.projection.sync_state import SyncState
from tests.unit.gateway.fake_gateway import TOPICS, House
from tests.unit.gateway.sample_dead_letters import Morgue, dead
from tests.unit.gateway.sample_messages import (
    SYNC,
    fetched,
    finished,
    page_failed,
    rejected,
    started,
)


@pytest.fixture
async def house() -> House:
    return await House().open()


def found(house: House) -> SyncState:
    sync = house.view.find(SYNC)
    assert sync is not None
    return sync


async def listed(house: House, limit: int = 1000) -> list[str]:
    errors = StoredErrors(house.broker, TOPICS.progress)
    lines: list[str] = []
    after: int | None = 0
    while after is not None:
        page = await errors.page(found(house), after, limit)
        assert len(page.lines) <= limit
        lines += page.lines
        after = page.next
    return lines


async def test_all_errors_of_a_sync_are_listed_after_three_of_its_dead_letters_were_discarded() -> (
    None
):
    morgue = await Morgue().open()
    morgue.bury(*map(dead, range(3000)))
    house = morgue.house
    await house.hear(started(), *map(rejected, range(3000)), finished(rejected=3000))
    for number in (2, 1500, 2999):
        await morgue.desk.discard(f"hemis.students-2-{number}")

    assert len(set(await listed(house))) == 3000


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
async def test_pages_of_any_size_show_each_error_once_in_the_order_of_the_topic(
    house: House, limit: int
) -> None:
    await house.hear(
        started(sync_id="another"),
        rejected(1, sync_id="another"),
        started(),
        page_failed(3),
        rejected(9),
        rejected(7, record=None),
        rejected(9),
        rejected(2, sync_id="another"),
        rejected(8),
        fetched(Outcome.FAILED, reason="HEMIS refused the token", failed_pages=(3,)),
    )

    assert await listed(house, limit) == [
        "The sync failed: HEMIS refused the token",
        "Page 3: HEMIS did not answer",
        "Record 9: group_id is beyond its column (hemis.students-2-9)",
        "A record without a usable id: group_id is beyond its column (hemis.students-2-7)",
        "Record 8: group_id is beyond its column (hemis.students-2-8)",
    ]


async def test_an_error_that_comes_while_somebody_turns_the_pages_comes_last(house: House) -> None:
    await house.hear(started(), rejected(5), rejected(6))
    errors = StoredErrors(house.broker, TOPICS.progress)
    first = await errors.page(found(house), 0, 1)
    await house.hear(rejected(1), rejected(2))
    rest = await errors.page(found(house), first.next or 0, 10)

    lines = [line.split(":")[0] for line in first.lines + rest.lines]
    assert lines == ["Record 5", "Record 6", "Record 1", "Record 2"]


async def test_a_sync_without_rejected_records_asks_kafka_for_nothing(house: House) -> None:
    await house.hear(started(), fetched(Outcome.FAILED, reason="no"))
    house.broker.logs.clear()

    assert await listed(house) == ["The sync failed: no"]

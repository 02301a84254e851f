"""All errors of a sync, page by page, including those of records that were loaded later."""

import pytest

from libs.common.contracts.enums import Outcome
from services.gateway.live.stored_errors import StoredErrors
from services.gateway.projection.sync_state import SyncState
from tests.unit.gateway.fake_gateway import TOPICS, FakeGateway
from tests.unit.gateway.sample_dead_letters import DeadLettersInMemory, dead_letter
from tests.unit.gateway.sample_messages import (
    SYNC,
    fetched,
    finished,
    page_failed,
    rejected,
    started,
)


@pytest.fixture
async def gateway() -> FakeGateway:
    return await FakeGateway().open()


def found(gateway: FakeGateway) -> SyncState:
    sync = gateway.view.find(SYNC)
    assert sync is not None
    return sync


async def listed(gateway: FakeGateway, limit: int = 1000) -> list[str]:
    errors = StoredErrors(gateway.broker, TOPICS.progress)
    lines: list[str] = []
    after: int | None = 0
    while after is not None:
        page, after = await errors.page(found(gateway), after, limit)
        assert len(page) <= limit
        lines += page
    return lines


async def test_all_errors_of_a_sync_are_listed_after_three_of_its_dead_letters_were_discarded() -> (
    None
):
    dead_letters = await DeadLettersInMemory().open()
    dead_letters.add(*map(dead_letter, range(3000)))
    gateway = dead_letters.gateway
    await gateway.receive(started(), *map(rejected, range(3000)), finished(rejected=3000))
    for number in (2, 1500, 2999):
        await dead_letters.service.discard(f"hemis.students-2-{number}")

    assert len(set(await listed(gateway))) == 3000


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
async def test_pages_of_any_size_show_each_error_once_in_the_order_of_the_topic(
    gateway: FakeGateway, limit: int
) -> None:
    await gateway.receive(
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

    assert await listed(gateway, limit) == [
        "The sync failed: HEMIS refused the token",
        "Page 3: HEMIS did not answer",
        "Record 9: group_id is beyond its column (hemis.students-2-9)",
        "A record without a usable id: group_id is beyond its column (hemis.students-2-7)",
        "Record 8: group_id is beyond its column (hemis.students-2-8)",
    ]


async def test_an_error_that_arrives_between_two_pages_comes_last(
    gateway: FakeGateway,
) -> None:
    await gateway.receive(started(), rejected(5), rejected(6))
    errors = StoredErrors(gateway.broker, TOPICS.progress)
    first, after = await errors.page(found(gateway), 0, 1)
    await gateway.receive(rejected(1), rejected(2))
    rest, _ = await errors.page(found(gateway), after or 0, 10)

    lines = [line.split(":")[0] for line in first + rest]
    assert lines == ["Record 5", "Record 6", "Record 1", "Record 2"]


async def test_a_sync_without_rejected_records_asks_kafka_for_nothing(gateway: FakeGateway) -> None:
    await gateway.receive(started(), fetched(Outcome.FAILED, reason="no"))
    gateway.broker.logs.clear()

    assert await listed(gateway) == ["The sync failed: no"]

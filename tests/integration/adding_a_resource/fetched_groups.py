"""The fetcher publishes ``groups``; runs beside the fetcher's scenarios, in a copy that has it."""

from libs.common.contracts.resources import Resource
from tests.scenarios.fetcher.fetcher_system import FetcherSystem

GROUPS = Resource("groups")


async def test_a_sync_publishes_every_group(system: FetcherSystem) -> None:
    system.hemis.items[GROUPS] = [{"id": 301}, {"id": 302}]

    async with system.fetcher():
        decision = await system.decided(system.start(GROUPS))

    assert decision.complete is True
    assert sorted(system.published(GROUPS)) == ["301", "302"]
    assert GROUPS.list_path == "data/group-list"

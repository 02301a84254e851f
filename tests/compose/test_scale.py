"""Several copies of each service, and each of them killed once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from libs.common.contracts.topics import Topics
from libs.localstack.ports import free_port, is_free
from tests.compose.disturbed import Disturbed
from tests.compose.source import StackTables
from tests.compose.stack import RESOURCES, ComposeStack
from tests.waiting import eventually

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

SCALE = {"fetcher": 2, "loader": 3, "api": 2}
TICKS = """
    SELECT resource, date_trunc('minute', started_at) AS minute, count(*) AS syncs
    FROM hemis.syncs WHERE trigger = 'schedule' GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def copies(stack: ComposeStack) -> Iterator[ComposeStack]:
    """With a tick each minute, and syncs that last for some seconds."""
    pace = {"HEMIS_PAGE_SIZE": "20", "HEMIS_PAGE_PAUSE_SECONDS": "0.5"}
    own = {"GATEWAY_PORT": two_free_ports(), "HEMIS_SYNC_CRON": "* * * * *"}
    copies = replace(stack, settings={**stack.settings, **pace, **own})
    scale = [word for name, count in SCALE.items() for word in ("--scale", f"{name}={count}")]
    copies.compose("up", "-d", *scale, "api")
    asyncio.run(eventually(lambda: copies.is_ready(0) and copies.is_ready(1), 60))
    yield copies
    stack.compose("up", "-d", "api")


def two_free_ports() -> str:
    """Of one range: each copy of the gateway takes one of them."""
    while True:
        first = free_port()
        if is_free(first + 1):
            return f"{first}-{first + 1}"


async def test_one_fetcher_works_and_one_stands_by(copies: ComposeStack) -> None:
    def states() -> list[str]:
        services: list[dict[str, Any]] = copies.call("GET", "/api/hemis/status")[1]["services"]
        return sorted(one["state"] for one in services if one["service"] == "fetcher")

    await eventually(lambda: states() == ["active", "standby"])


async def test_the_loaders_share_the_partitions(copies: ComposeStack) -> None:
    group = Topics().group("loader")
    tool = ("/opt/kafka/bin/kafka-consumer-groups.sh", "--bootstrap-server", "kafka:9092")

    def shares() -> list[int]:
        said = copies.compose("exec", "-T", "kafka", *tool, "--describe", "--group", group)
        lines = [line.split() for line in said.splitlines() if line.startswith(group)]
        members = [words[6] for words in lines]
        return sorted(members.count(member) for member in set(members))

    await eventually(lambda: shares() == [4, 4, 4])


async def test_whichever_container_is_killed_nothing_is_lost(copies: ComposeStack) -> None:
    syncs = Disturbed(copies, SCALE["api"])
    one_of_each = [
        copies.containers(name)[0] for name in ("fetcher", "loader", "api", "db", "kafka")
    ]

    await syncs.kill(one_of_each)

    await syncs.assert_nothing_was_lost()


async def test_a_tick_makes_one_sync_and_every_copy_shows_the_same(copies: ComposeStack) -> None:
    def is_done(resource: str) -> bool:
        query = f"/api/hemis/syncs?resource={resource}&status=completed"
        syncs = copies.call("GET", query)[1]["items"]
        return any(one["trigger"] == "schedule" for one in syncs)

    def shown(copy: int) -> list[Any]:
        return [copies.progress(resource, copy) for resource in RESOURCES]

    await eventually(lambda: all(map(is_done, RESOURCES)), 120)
    await eventually(lambda: shown(0) == shown(1), 120)
    ticks = await StackTables(copies).rows(TICKS)
    assert {tick["syncs"] for tick in ticks} == {1}

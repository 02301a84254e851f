"""Fifty fetchers killed at random in one sync; `make soak`."""

import asyncio
import random
import signal

import pytest

from tests.integration.fetcher.running_fetchers import Crew, Fleet

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(1800)]

STUDENTS = 5000
PAGES = 100
KILLS = 50
LONGEST_LIFE_SECONDS = 0.8
STATE = "HEMIS fetcher is "
TAKEN_OVER = "HEMIS fetching taken over"


@pytest.fixture
def student_count() -> int:
    return STUDENTS


@pytest.mark.parametrize("standbys", [0, 1])
async def test_fifty_kills_lose_nothing_and_cost_a_request_each(
    ships: Fleet, standbys: int
) -> None:
    chance = random.Random(standbys)  # noqa: S311 — repeatable, not secret
    sync_id = await ships.start_sync()
    crews = [await ships.launch() for _ in range(1 + standbys)]

    for _ in range(KILLS):
        active = await active_of(ships, crews)
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        await active.end(signal.SIGKILL)
        crews.remove(active)
        crews.append(await ships.launch())
    decision = await ships.decided(sync_id, 300)

    assert (decision.complete, decision.distinct) == (True, STUDENTS)
    asked = sum(ships.pages_asked().values())
    assert PAGES <= asked <= PAGES + KILLS
    assert await newest_values(ships) == source(ships)


async def active_of(ships: Fleet, crews: list[Crew]) -> Crew:
    """Wait until one of them has begun to work."""

    def working() -> list[Crew]:
        return [crew for crew in crews if is_working(crew)]

    await ships.until(working, 60)
    return working()[0]


def is_working(crew: Crew) -> bool:
    newest = crew.said().rpartition(STATE)[2]
    return newest.startswith("active") and TAKEN_OVER in newest


async def newest_values(ships: Fleet) -> list[bytes]:
    records = await ships.read(ships.topics.records(ships.resource), 4)
    return sorted({record.key: record.value or b"" for record in records}.values())


def source(ships: Fleet) -> list[bytes]:
    roster = ships.hemis.rosters["students"]
    return sorted(bytes(roster.body(row)) for row in roster.rows(0, len(roster)))

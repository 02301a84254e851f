"""Fifty fetchers killed at random in one sync; `make soak`."""

import asyncio
import random
import signal

import pytest

from tests.integration.fetcher.running_fetchers import FetcherProgram, FetcherPrograms

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
    fetchers: FetcherPrograms, standbys: int
) -> None:
    chance = random.Random(standbys)  # noqa: S311 — repeatable, not secret
    sync_id = await fetchers.start_sync()
    programs = [await fetchers.launch() for _ in range(1 + standbys)]

    for _ in range(KILLS):
        active = await active_of(fetchers, programs)
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        await active.end(signal.SIGKILL)
        programs.remove(active)
        programs.append(await fetchers.launch())
    decision = await fetchers.decided(sync_id, 300)

    assert (decision.complete, decision.distinct) == (True, STUDENTS)
    asked = sum(fetchers.pages_asked().values())
    assert PAGES <= asked <= PAGES + KILLS
    assert await newest_values(fetchers) == source(fetchers)


async def active_of(fetchers: FetcherPrograms, programs: list[FetcherProgram]) -> FetcherProgram:
    """Wait until one of them has begun to work."""

    def working() -> list[FetcherProgram]:
        return [program for program in programs if is_working(program)]

    await fetchers.until(working, 60)
    return working()[0]


def is_working(program: FetcherProgram) -> bool:
    newest = program.log_text().rpartition(STATE)[2]
    return newest.startswith("active") and TAKEN_OVER in newest


async def newest_values(fetchers: FetcherPrograms) -> list[bytes]:
    records = await fetchers.read(fetchers.topics.records(fetchers.resource), 4)
    return sorted({record.key: record.value or b"" for record in records}.values())


def source(fetchers: FetcherPrograms) -> list[bytes]:
    roster = fetchers.hemis.rosters["students"]
    return sorted(bytes(roster.body(row)) for row in roster.rows(0, len(roster)))

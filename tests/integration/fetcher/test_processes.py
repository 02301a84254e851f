"""Fetchers as processes: killed, frozen, stopped, and without what they need."""

import asyncio
import signal
import time

import aiohttp
import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched
from tests.integration.fetcher.conftest import STUDENTS
from tests.integration.fetcher.running_fetchers import FetcherProgram, FetcherPrograms

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]

TAKEN_OVER = "HEMIS fetching taken over"


async def after_ten_pages(fetchers: FetcherPrograms, program: FetcherProgram) -> None:
    await fetchers.wait_for_log(program, "students page 10/40 fetched")


async def assert_everybody_is_there_in_order(fetchers: FetcherPrograms) -> None:
    records = await fetchers.read(fetchers.topics.records(fetchers.resource), 4)
    assert len({record.key for record in records}) == STUDENTS
    for partition in range(4):
        times = [
            dict(record.headers)["ce_time"] for record in records if record.partition == partition
        ]
        assert times == sorted(times)


async def test_a_standby_takes_over_from_a_killed_fetcher_within_fifteen_seconds(
    fetchers: FetcherPrograms,
) -> None:
    holder = await fetchers.launch()
    await fetchers.wait_for_log(holder, TAKEN_OVER)
    standby = await fetchers.launch()
    await fetchers.wait_for_log(standby, "kafka is available")
    sync_id = await fetchers.start_sync()
    working, waiting = await fetchers.active_and_standby(holder, standby)
    await after_ten_pages(fetchers, working)

    await working.end(signal.SIGKILL)
    killed = time.monotonic()
    await fetchers.wait_for_log(waiting, "students page")
    seconds = time.monotonic() - killed
    decision = await fetchers.decided(sync_id)

    assert seconds < 15
    assert (decision.attempt, decision.distinct, decision.missing) == (1, STUDENTS, 0)
    asked = fetchers.pages_asked()
    assert sum(asked.values()) <= 41
    assert max(asked.values()) <= 2
    await assert_everybody_is_there_in_order(fetchers)


async def test_a_frozen_fetcher_that_wakes_publishes_nothing_old(fetchers: FetcherPrograms) -> None:
    frozen = await fetchers.launch()
    await fetchers.wait_for_log(frozen, TAKEN_OVER)
    sync_id = await fetchers.start_sync()
    await after_ten_pages(fetchers, frozen)

    frozen.process.send_signal(signal.SIGSTOP)
    successor = await fetchers.launch()
    await fetchers.wait_for_log(successor, "students page 12/40 fetched")
    frozen.process.send_signal(signal.SIGCONT)
    decision = await fetchers.decided(sync_id)

    assert (decision.outcome, decision.distinct) == (Outcome.COMPLETED, STUDENTS)
    assert len(await fetchers.events(SyncFetched)) <= 2
    assert max(fetchers.pages_asked().values()) <= 2
    await assert_everybody_is_there_in_order(fetchers)


async def test_a_kill_at_each_step_of_a_page_asks_for_at_most_that_page_again(
    fetchers: FetcherPrograms,
) -> None:
    steps = ("page-answered", "page-published", "page-remembered")
    sync_id = await fetchers.start_sync()

    for step in steps:
        doomed = await fetchers.launch(HEMIS_FAIL_POINT=f"SIGKILL@{step}#8")
        assert await doomed.process.wait() == -signal.SIGKILL
    await fetchers.launch()
    decision = await fetchers.decided(sync_id)

    assert (decision.attempt, decision.distinct, decision.complete) == (1, STUDENTS, True)
    asked = fetchers.pages_asked()
    assert sum(asked.values()) == 40 + len(steps) - 1
    assert max(asked.values()) <= 2
    await assert_everybody_is_there_in_order(fetchers)


async def test_a_stopped_fetcher_s_sync_is_carried_on_without_repeating_a_page(
    fetchers: FetcherPrograms,
) -> None:
    first = await fetchers.launch()
    await fetchers.wait_for_log(first, TAKEN_OVER)
    sync_id = await fetchers.start_sync()
    await after_ten_pages(fetchers, first)

    code = await first.end(signal.SIGTERM)
    await fetchers.launch()
    decision = await fetchers.decided(sync_id)

    assert code == 0
    assert decision.distinct == STUDENTS
    assert set(fetchers.pages_asked().values()) == {1}


async def test_a_fetcher_without_kafka_waits_and_logs_it(fetchers: FetcherPrograms) -> None:
    program = await fetchers.launch(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    await fetchers.wait_for_log(program, "waiting for kafka")
    address = f"http://127.0.0.1:{program.health_port}"

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/healthz") as alive:
            assert alive.status == 200
        async with session.get(f"{address}/readyz") as ready:
            assert ready.status == 503
            assert "kafka" in await ready.json()

    assert await program.end(signal.SIGTERM) == 0


async def test_wrong_settings_end_with_78_and_are_all_named(fetchers: FetcherPrograms) -> None:
    program = await fetchers.launch(
        HEMIS_PAGE_SIZE="many", HEMIS_BEARER_TOKEN="", HEMIS_API_URL="x"
    )

    async with asyncio.timeout(20):
        code = await program.process.wait()

    assert code == 78
    for name in ("HEMIS_PAGE_SIZE", "HEMIS_BEARER_TOKEN", "HEMIS_API_URL"):
        assert name in program.log_text()

"""A fetcher that froze with a page in its hands, and wakes when another one has finished."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import Program, System, until
from tests.e2e.topic_log import RECORD_PARTITIONS, log_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

IN_HAND = 6
PAGE_SIZE = 50


async def test_a_fetcher_that_wakes_after_its_successor_finished_changes_neither_rows_nor_topics(
    system: System,
) -> None:
    await system.start_all(600, 0, HEMIS_FAIL_POINT=f"SIGSTOP@page-answered#{IN_HAND}")
    sync_id = await system.request_sync("students")
    frozen = system.programs["fetcher"]
    await until(lambda: is_frozen(frozen))
    await change_the_page_in_hand(system)

    await system.start("fetcher-2", FETCHER_HEALTH_PORT=str(system.ports["fetcher-2"]))
    progress = await system.ended("students", sync_id)
    frozen.process.send_signal(signal.SIGCONT)
    await until(lambda: has_rejoined(frozen))

    assert (progress["complete"], progress["processedRecords"]) == (True, 600)
    await assert_tables_equal_the_source(system)
    lines = await system.source_lines("students")
    assert sorted((await newest_of_the_log(system)).values()) == sorted(lines)
    assert await frozen.end() == 0


async def change_the_page_in_hand(system: System) -> None:
    people = [item["id"] for item in await system.source("students")]
    on_the_page = people[(IN_HAND - 1) * PAGE_SIZE : IN_HAND * PAGE_SIZE]
    change = {str(person): {"full_name": f"NAMUNA {person}"} for person in on_the_page}
    await system.control("records", {"resource": "students", "change": change})


async def is_frozen(program: Program) -> bool:
    status = await asyncio.to_thread(Path(f"/proc/{program.process.pid}/stat").read_text)
    return status.rpartition(")")[2].split()[0] == "T"


async def has_rejoined(program: Program) -> bool:
    """The group has said again whether the partition is its own."""
    text = await asyncio.to_thread(program.log.read_text)
    return "HEMIS fetcher is" in text.partition("begins again from the checkpoints")[2]


async def newest_of_the_log(system: System) -> dict[bytes, bytes]:
    records = await log_of(system, "students", RECORD_PARTITIONS)
    return {record.key or b"": record.value or b"" for record in records}

"""Measures the time from a page's response to its 50 visible rows, and peak memory."""

import asyncio
import time

import aiohttp

from benchmarks.testbed import Testbed, peak_megabytes, until
from libs.localstack.ports import free_port

_PAGE = 50


async def measure_latency(testbed: Testbed, pages: int) -> list[str]:
    """Return the lines of the report."""
    testbed = testbed.fresh()
    port, gateway = free_port(), free_port()
    settings = {
        "HEMIS_API_URL": f"http://127.0.0.1:{port}",
        "HEMIS_BEARER_TOKEN": "simulator",
        "HEMIS_PAGE_PAUSE_SECONDS": "0.3",
        "GATEWAY_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(gateway),
    }
    people = ("--students", str(pages * _PAGE), "--employees", "2")
    async with (
        testbed.running("libs.simulator", "--port", str(port), *people),
        testbed.ready("services.loader", "LOADER_HEALTH_PORT") as loader,
        testbed.ready("services.fetcher", "FETCHER_HEALTH_PORT", **settings) as fetcher,
        testbed.running("services.gateway", **settings) as gateway_pid,
    ):
        await until_posted(f"http://127.0.0.1:{gateway}/api/hemis/sync/students")
        seen = await watch_rows(testbed, pages)
        responses = await ends_of_responses(
            f"http://127.0.0.1:{port}/control/requests?last=10000", pages
        )
        waits = sorted(1000 * (at - ended) for at, ended in zip(seen, responses, strict=True))
        return [
            f"page's response to its {_PAGE} rows visible: "
            f"p50 {waits[len(waits) // 2]:.0f} ms, p99 {waits[int(len(waits) * 0.99)]:.0f} ms"
            f" ({pages} pages)",
            f"peak resident memory after {pages * _PAGE} students: "
            f"fetcher {peak_megabytes(fetcher):.0f} MB, loader {peak_megabytes(loader):.0f} MB, "
            f"gateway {peak_megabytes(gateway_pid):.0f} MB",
        ]


async def until_posted(url: str) -> None:
    async with aiohttp.ClientSession() as session:

        async def posted() -> bool:
            try:
                async with session.post(url) as response:
                    return response.status == 202  # noqa: PLR2004 — HTTP's "Accepted"
            except aiohttp.ClientError:
                return False

        await until(posted)


async def watch_rows(testbed: Testbed, pages: int) -> list[float]:
    """Poll the table; return when each page's last row became visible, in unix seconds."""
    connection = await testbed.connect()
    count = f"SELECT count(*) FROM {testbed.prefix}.students"  # noqa: S608 — our own prefix
    seen: list[float] = []
    try:
        async with asyncio.timeout(pages * 2):
            while len(seen) < pages:
                found = await connection.fetchval(count)
                while len(seen) < found // _PAGE:
                    seen.append(time.time())
                await asyncio.sleep(0.003)
        return seen
    finally:
        await connection.close()


async def ends_of_responses(url: str, pages: int) -> list[float]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        requests = await response.json()
    lists = [r["ended"] for r in requests if r["path"].endswith("student-list")]
    return sorted(lists)[:pages]

"""``python -m benchmarks.gateway_load``: one gateway with 1,000 readers and 500 requests a second.

An event changes the progress every two seconds; elapsed time changes it every second. The delay of
a change is the time from publishing its event until the last reader has it. A request is away from
bursts if nothing was pushed during it or 0.25 s before it. This process runs all readers and
requests, on the other core.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp

from benchmarks.testbed import Testbed, peak_megabytes, until, until_answers
from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Kind, Mode, Trigger
from libs.common.contracts.events import PageFetched, SyncStarted
from libs.common.contracts.resources import Resource
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Message, Producer
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.ports import free_port
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack

PROGRESS = "/api/hemis/progress/students"
_CHANGE_INTERVAL_SECONDS = 2.0
_BURST_SECONDS = 0.25
_PAGES = 1_000_000
_SYNC = "bench"
_PAGE = re.compile(rb'"currentPage":(\d+)')


@dataclass(frozen=True)
class Plan:
    """The load on the gateway."""

    readers: int
    rate: int
    """Requests a second."""
    seconds: float


@dataclass
class Seen:
    """Timings of readers and requests, in seconds of ``time.perf_counter``."""

    pages: list[int]
    """The newest page that each reader has received."""
    pushes: list[float] = field(default_factory=list)
    """When the first reader received each push."""
    delays: list[float] = field(default_factory=list)
    requests: list[tuple[float, float]] = field(default_factory=list)
    """Start and duration of each request."""

    def away_from_bursts(self) -> list[float]:
        quiet = (
            took
            for begun, took in self.requests
            if not any(begun - _BURST_SECONDS <= at <= begun + took for at in self.pushes)
        )
        return sorted(quiet)


async def measure(testbed: Testbed, plan: Plan) -> list[str]:
    """Return the report's lines."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"GATEWAY_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}
    async with testbed.running("services.gateway", **settings) as pid:
        await until_answers(f"{url}/readyz")
        seen = Seen([0] * plan.readers)
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(url, connector=connector, timeout=_patient()) as session,
            _producer(testbed) as producer,
        ):
            await _watch(testbed, session, producer, seen, plan)
        return _report(seen, plan, peak_megabytes(pid))


def _patient() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None)


def _producer(testbed: Testbed) -> AbstractAsyncContextManager[Producer]:
    settings = ServiceSettings(
        kafka_bootstrap_servers=testbed.bootstrap_servers, kafka_topic_prefix=testbed.prefix
    )
    return KafkaBroker(settings, "bench", Readiness((KAFKA,), Stop())).producer()


async def _watch(
    testbed: Testbed,
    session: aiohttp.ClientSession,
    producer: Producer,
    seen: Seen,
    plan: Plan,
) -> None:
    """Open all readers, then change and request the progress until the time is over."""
    await producer.publish([_event(testbed, _started()), _event(testbed, _fetched(1))])
    readers = [asyncio.ensure_future(_read(session, seen, n)) for n in range(len(seen.pages))]
    await until(partial(_all_know, seen, 1))
    asking = asyncio.ensure_future(_ask_on(session, seen, plan))
    page = 1
    while not asking.done():
        page += 1
        at = time.perf_counter()
        await producer.publish([_event(testbed, _fetched(page))])
        await until(partial(_all_know, seen, page))
        seen.delays.append(time.perf_counter() - at)
        await asyncio.sleep(_CHANGE_INTERVAL_SECONDS)
    await asking
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)


async def _all_know(seen: Seen, page: int) -> bool:
    return min(seen.pages) >= page


async def _read(session: aiohttp.ClientSession, seen: Seen, number: int) -> None:
    async with session.get(f"{PROGRESS}/stream") as response:
        async for line in response.content:
            if line.startswith(b"data: "):
                if number == 0:
                    seen.pushes.append(time.perf_counter())
                seen.pages[number] = int(_PAGE.findall(line)[0])


async def _ask_on(session: aiohttp.ClientSession, seen: Seen, plan: Plan) -> None:
    """Send requests at a fixed rate, whether or not responses keep up."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(plan.rate * plan.seconds)):
            await asyncio.sleep(max(0, begun + number / plan.rate - time.perf_counter()))
            group.create_task(_ask(session, seen))


async def _ask(session: aiohttp.ClientSession, seen: Seen) -> None:
    begun = time.perf_counter()
    async with session.get(PROGRESS) as response:
        await response.read()
    seen.requests.append((begun, time.perf_counter() - begun))


def _event(testbed: Testbed, event: SyncStarted | PageFetched) -> Message:
    return Message(testbed.topics.progress, _SYNC, encode(event))


def _started() -> SyncStarted:
    return SyncStarted(
        sync_id=_SYNC,
        resource=Resource.STUDENTS,
        at=int(time.time() * 1000),
        attempt=1,
        kind=Kind.FULL,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        page_size=50,
    )


def _fetched(page: int) -> PageFetched:
    return PageFetched(
        sync_id=_SYNC,
        resource=Resource.STUDENTS,
        at=int(time.time() * 1000),
        attempt=1,
        page=page,
        page_count=_PAGES,
        source_total=50 * _PAGES,
        fetched=50 * page,
        distinct=50 * page,
        rejected=0,
        retries=0,
        next_page=page + 1,
    )


def _report(seen: Seen, plan: Plan, megabytes: float) -> list[str]:
    quiet = seen.away_from_bursts()
    took = sorted(took for _, took in seen.requests)
    return [
        f"one gateway, {plan.readers} readers, {plan.rate} requests a second"
        f" for {plan.seconds:.0f} s",
        f"requests away from bursts: {_percentiles(quiet)} ({len(quiet)})",
        f"all requests: {_percentiles(took)} ({len(took)})",
        f"a change seen by all readers: {_percentiles(sorted(seen.delays))} ({len(seen.delays)})",
        f"peak resident memory of the gateway: {megabytes:.0f} MB",
    ]


def _percentiles(times: list[float]) -> str:
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    return f"p50 {1000 * middle:.0f} ms, p99 {1000 * late:.0f} ms, most {1000 * times[-1]:.0f} ms"


async def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="hemis-bench-") as folder:
        async with open_stack(Path(folder), StackSettings()) as stack:
            testbed = Testbed(stack.bootstrap_servers, stack.database_url, Path(folder))
            plan = Plan(options.readers, options.rate, options.seconds)
            lines = await measure(testbed, plan)
            sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway_load", description=__doc__)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()

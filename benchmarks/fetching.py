"""``python -m benchmarks.fetching [--students N]``: the fetcher's memory over a long sync.

Resident memory from page 20 to the end, and the bytes of checkpoints that a page costs.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TypeVar

from benchmarks.testbed import Testbed, now, peak_megabytes
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import StartSync, command_fields
from libs.common.contracts.events import EVENTS, Event, PageFetched, SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import LogReader, Message, Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.ports import free_port
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack

E = TypeVar("E", bound=Event)

_PAGE = 200
_WARM_PAGES = 20
_TIMEOUT_SECONDS = 900


async def measure_fetching(testbed: Testbed, students: int) -> list[str]:
    """Return the lines of the report."""
    port = free_port()
    settings = {
        "HEMIS_API_URL": f"http://127.0.0.1:{port}",
        "HEMIS_BEARER_TOKEN": "simulator",
        "HEMIS_PAGE_SIZE": str(_PAGE),
        "HEMIS_PAGE_PAUSE_SECONDS": "0",
    }
    people = ("--students", str(students), "--employees", "2")
    broker = _broker(testbed)
    async with (
        testbed.running("libs.simulator", "--port", str(port), *people),
        testbed.ready("services.fetcher", "FETCHER_HEALTH_PORT", **settings) as fetcher,
        broker.log_reader({Partition(testbed.topics.progress, 0): None}) as events,
    ):
        await _start(testbed, broker)
        for _ in range(_WARM_PAGES):
            await _next(events, PageFetched)
        warm = resident_megabytes(fetcher)
        decision = await _next(events, SyncFetched)
        grown, peak = resident_megabytes(fetcher), peak_megabytes(fetcher)
        written = await _checkpoint_bytes(testbed, broker)
    kilobytes = written / (students / _PAGE) / 1000
    return [
        f"fetcher, {decision.distinct} students, {_PAGE} a page: {warm:.1f} MB resident at page "
        f"{_WARM_PAGES}, {grown:.1f} MB at the end ({grown - warm:+.1f} MB), peak {peak:.1f} MB",
        f"checkpoints: {kilobytes:.2f} kB a page",
    ]


def resident_megabytes(pid: int) -> float:
    """Return the resident memory now (VmRSS, as Linux counts it)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


def _broker(testbed: Testbed) -> KafkaBroker:
    settings = ServiceSettings(
        kafka_bootstrap_servers=testbed.bootstrap_servers, kafka_topic_prefix=testbed.prefix
    )
    return KafkaBroker(settings, "bench", Readiness((KAFKA,), Stop()))


async def _start(testbed: Testbed, broker: KafkaBroker) -> None:
    command = StartSync(**command_fields(Resource.STUDENTS, "bench", now()))
    async with broker.producer() as producer:
        await producer.publish([Message(testbed.topics.commands, "students", encode(command))])


async def _next(events: LogReader, kind: type[E]) -> E:
    """Wait for the next event of a kind; skip all others."""
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        while True:
            for record in await events.poll(1.0):
                event = EVENTS.decode(record.value or b"")
                if isinstance(event, kind):
                    return event


async def _checkpoint_bytes(testbed: Testbed, broker: KafkaBroker) -> int:
    partition = Partition(testbed.topics.checkpoints, 0)
    async with broker.log_reader({partition: None}) as reader:
        return sum(
            [
                len(record.key or b"") + len(record.value or b"")
                async for records in read_to_end(reader)
                for record in records
            ]
        )


async def run(students: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hemis-bench-") as folder:
        async with open_stack(Path(folder), StackSettings()) as stack:
            testbed = Testbed(stack.bootstrap_servers, stack.database_url, Path(folder))
            for line in await measure_fetching(testbed.fresh(), students):
                sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fetching", description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    asyncio.run(run(parser.parse_args().students))


if __name__ == "__main__":
    main()

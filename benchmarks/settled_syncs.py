"""``python -m benchmarks.settled_syncs [--syncs N]``: what finished syncs cost at start and idle.

The progress topic and the tables hold 90 days of completed single-record syncs. The first start of
a loader reads them all; the second start is like every later one.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from msgspec.structs import replace

from benchmarks.testbed import Testbed, now, peak_megabytes, until
from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import (
    Event,
    RecordsLoaded,
    SyncFetched,
    SyncFinished,
    SyncStarted,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Message, Producer
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.settings import StackSettings
from libs.localstack.stack import open_stack

_BATCH_SYNCS = 5_000
_IDLE_SECONDS = 20.0
_DAYS_MS = timedelta(days=89) // timedelta(milliseconds=1)

_LOADER = ("services.loader", "LOADER_HEALTH_PORT")
_GATEWAY = ("services.gateway", "GATEWAY_PORT")

_Fields = dict[str, Any]

_ROW = """
    INSERT INTO {schema}.syncs (
        sync_id, resource, kind, mode, trigger, attempt, started_at, ended_at, outcome, complete,
        source_total, fetched, distinct_records, unchanged, hemis_ids, revision, announced_revision
    )
    SELECT 'b' || n, 'students', 'single', 'full', 'manual', 1, at, at, 'completed', true,
        1, 1, 1, 1, ARRAY[n], 2, 2
    FROM (SELECT n, $1::timestamptz + n * $2::interval AS at FROM generate_series(1, $3) AS n) AS s
"""
"""The same rows as a loader writes."""


async def measure(testbed: Testbed, syncs: int) -> None:
    began = now() - _DAYS_MS
    async with _started(testbed, *_LOADER):
        pass
    await _fill_topic(testbed, syncs, began)
    await _fill_table(testbed, syncs, began)
    print_line(f"{syncs} settled syncs of one record each on the topic and in the tables")
    for number, name in enumerate(("loader, first start", "loader")):
        async with _started(testbed, *_LOADER) as (pid, seconds):
            waited = await _until_it_works(testbed, f"new{number}")
            print_line(f"{name}: at work after {seconds + waited:.1f} s")
            await _report(name, pid, seconds)
    async with _started(testbed, *_GATEWAY) as (pid, seconds):
        await _report("gateway", pid, seconds)


@asynccontextmanager
async def _started(
    testbed: Testbed, module: str, variable: str
) -> AsyncIterator[tuple[int, float]]:
    """Start a service; yield its pid and the seconds until it was ready."""
    began = time.monotonic()
    async with testbed.ready(module, variable, GATEWAY_HOST="127.0.0.1") as pid:
        yield pid, time.monotonic() - began


async def _until_it_works(testbed: Testbed, sync_id: str) -> float:
    """Publish an empty sync; return the seconds until the loader closed it."""
    began = time.monotonic()
    started, fetched, *_ = _events_of_sync(0, now())
    events = (
        replace(started, sync_id=sync_id),
        replace(fetched, sync_id=sync_id, end_offsets={}, hemis_ids=()),
    )
    async with _producer(testbed) as producer:
        await producer.publish([_message(testbed, event) for event in events])
    connection = await testbed.connect()
    closed = f"SELECT EXISTS (SELECT FROM {testbed.schema}.syncs WHERE sync_id = $1)"  # noqa: S608 — ours
    try:
        await until(lambda: connection.fetchval(closed, sync_id))
    finally:
        await connection.close()
    return time.monotonic() - began


def _producer(testbed: Testbed) -> AbstractAsyncContextManager[Producer]:
    settings = ServiceSettings(
        kafka_bootstrap_servers=testbed.bootstrap_servers, kafka_topic_prefix=testbed.prefix
    )
    return KafkaBroker(settings, "bench", Readiness((KAFKA,), Stop())).producer()


def _message(testbed: Testbed, event: Event) -> Message:
    return Message(testbed.topics.progress, event.sync_id, encode(event))


async def _report(name: str, pid: int, seconds: float) -> None:
    process = psutil.Process(pid)
    before, at = process.cpu_times(), time.monotonic()
    await asyncio.sleep(_IDLE_SECONDS)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    core = used / (time.monotonic() - at) * 100
    print_line(
        f"{name}: ready after {seconds:.1f} s, {process.memory_info().rss / 1e6:.0f} MB resident"
        f" (at most {peak_megabytes(pid):.0f}), idle {core:.1f} % of a core"
    )


async def _fill_topic(testbed: Testbed, syncs: int, began: int) -> None:
    step = _DAYS_MS // syncs
    async with _producer(testbed) as producer:
        for first in range(1, syncs + 1, _BATCH_SYNCS):
            events = [
                event
                for n in range(first, min(first + _BATCH_SYNCS, syncs + 1))
                for event in _events_of_sync(n, began + n * step)
            ]
            await producer.publish([_message(testbed, event) for event in events])


def _events_of_sync(
    number: int, at: int
) -> tuple[SyncStarted, SyncFetched, RecordsLoaded, SyncFinished]:
    """Return all events of one single-record sync."""
    head: _Fields = {"sync_id": f"b{number}", "resource": Resource.STUDENTS, "at": at}
    people: _Fields = {"source_total": 1, "fetched": 1, "distinct": 1, "hemis_ids": (number,)}
    counts: _Fields = {
        "database_epoch": 1,
        "inserted": 0,
        "updated": 0,
        "unchanged": 1,
        "rejected": 0,
    }
    rest: _Fields = {
        "missing": 0,
        "departed": 0,
        "retries": 0,
        "failed_pages": (),
        "started_at": at,
    }
    single: _Fields = {"kind": Kind.SINGLE, "mode": Mode.FULL, "trigger": Trigger.MANUAL}
    outcome: _Fields = {"outcome": Outcome.COMPLETED, "end_offsets": {"0": number}}
    return (
        SyncStarted(**head, **single, attempt=1, page_size=50),
        SyncFetched(**head, **people, **outcome, attempt=1),
        RecordsLoaded(**head, **counts, revision=1),
        SyncFinished(**head, **people, **counts, **rest, attempt=1, complete=True),
    )


async def _fill_table(testbed: Testbed, syncs: int, began: int) -> None:
    connection = await testbed.connect()
    try:
        step = timedelta(milliseconds=_DAYS_MS // syncs)
        await connection.execute(_ROW.format(schema=testbed.schema), moment(began), step, syncs)
    finally:
        await connection.close()


async def run(syncs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hemis-bench-") as folder:
        async with open_stack(Path(folder), StackSettings()) as stack:
            testbed = Testbed(stack.bootstrap_servers, stack.database_url, Path(folder))
            await measure(testbed, syncs)


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.settled_syncs", description=__doc__)
    parser.add_argument("--syncs", type=int, default=500_000)
    asyncio.run(run(parser.parse_args().syncs))


if __name__ == "__main__":
    main()

"""The loader's baselines: plain COPY, and consumers as they are usually written."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.meters import Cost, Meter
from benchmarks.students import TABLE, row_of
from benchmarks.testbed import Testbed
from libs.common.contracts.resources import Resource

_CHUNK = 10_000
_EXECUTEMANY_BATCH = 2000

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def copy(testbed: Testbed, rows: list[tuple[Any, ...]]) -> Cost:
    """Measure the limit: binary COPY of prepared rows into a bare table, on one connection."""
    async with _connections(testbed) as (meter, worker), meter.measuring(len(rows)) as cost:
        for first in range(0, len(rows), _CHUNK):
            await worker.copy_records_to_table(
                "bare",
                schema_name=testbed.schema,
                records=rows[first : first + _CHUNK],
                columns=TABLE.columns,
            )
    return cost


async def row_by_row(testbed: Testbed, count: int) -> Cost:
    """Measure a consumer that upserts one record a transaction."""
    async with _connections(testbed) as (meter, worker), _consumer(testbed) as consumer:
        insert = await worker.prepare(_upsert(testbed))
        async with meter.measuring(count) as cost:
            for row in [row async for row in _rows(consumer, count)]:
                await insert.fetch(*row)
    return cost


async def executemany(testbed: Testbed, count: int) -> Cost:
    """Measure a consumer that upserts 2,000 records a transaction, as JDBC sinks do."""
    async with (
        _connections(testbed) as (meter, worker),
        _consumer(testbed) as consumer,
        meter.measuring(count) as cost,
    ):
        batch: list[tuple[Any, ...]] = []
        async for row in _rows(consumer, count):
            batch.append(row)
            if len(batch) == _EXECUTEMANY_BATCH:
                await worker.executemany(_upsert(testbed), batch)
                batch = []
        await worker.executemany(_upsert(testbed), batch)
    return cost


@asynccontextmanager
async def _connections(testbed: Testbed) -> AsyncIterator[tuple[Meter, Connection]]:
    """Yield a meter and a working connection; the table ``bare`` is empty and has no index."""
    watcher, worker = await testbed.connect(), await testbed.connect()
    try:
        bare, like = f"{testbed.schema}.bare", f"{testbed.schema}.students"
        await worker.execute(f"DROP TABLE IF EXISTS {bare}")
        await worker.execute(f"CREATE TABLE {bare} AS TABLE {like} WITH NO DATA")
        yield Meter(watcher, [os.getpid()]), worker
    finally:
        await worker.close()
        await watcher.close()


@asynccontextmanager
async def _consumer(testbed: Testbed) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=testbed.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        topic = testbed.topics.records(Resource.STUDENTS)
        consumer.assign([TopicPartition(topic, number) for number in range(4)])
        yield consumer
    finally:
        await consumer.stop()


async def _rows(consumer: AIOKafkaConsumer, count: int) -> AsyncIterator[tuple[Any, ...]]:
    """Decode and map every record without the loader's fast path."""
    while True:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                yield row_of(record.value)
                count -= 1
                if not count:
                    return


def _upsert(testbed: Testbed) -> str:
    columns = ", ".join(TABLE.columns)
    places = ", ".join(f"${at}" for at in range(1, len(TABLE.columns) + 1))
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in TABLE.columns)
    return (
        f"INSERT INTO {testbed.schema}.students ({columns}) VALUES ({places})"  # noqa: S608 — our own names
        f" ON CONFLICT (hemis_id) DO UPDATE SET {changes}"
    )

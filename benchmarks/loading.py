"""The loader on a backlog, against asyncpg's binary COPY of the same rows into a bare table."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.world import BenchWorld, peak_megabytes, until
from libs.common.contracts.resources import Resource
from libs.simulator.hemis import SimulatedHemis
from services.loader.incoming import read_record
from services.loader.resources.exact_json import decode
from services.loader.resources.tables import tables

_CHUNK = 10_000


@dataclass(frozen=True)
class Stored:
    """A record as the loader would poll it."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    key: bytes
    topic: str = "hemis.students"
    partition: int = 0
    offset: int = 0


def students(count: int) -> Iterator[bytes]:
    """Yield the simulator's students, as HEMIS would send them."""
    roster = SimulatedHemis(students=count, employees=2).rosters["students"]
    return (bytes(roster.body(row)) for row in roster.rows(0, len(roster)))


async def measure_loading(world: BenchWorld, count: int, rounds: int) -> list[str]:
    """Return the lines of the report."""
    rows = [row_of(value) for value in students(count)]
    limits, rates, memory = [], [], []
    for _ in range(rounds):
        limits.append(await copy_rate(world.fresh(), rows))
        rate, megabytes = await loader_rate(world.fresh(), count)
        rates.append(rate)
        memory.append(megabytes)
    ratio = median(rate / limit for rate, limit in zip(rates, limits, strict=True))
    return [
        f"limit: COPY of {count} students, all columns  {median(limits):>9,.0f} rows/s  1.00",
        f"loader: first load of a backlog of {count}    {median(rates):>9,.0f} rows/s  {ratio:.2f}",
        f"loader: peak resident memory                  {max(memory):>9.0f} MB",
    ]


def row_of(value: bytes) -> tuple[Any, ...]:
    table = tables(ZoneInfo("Asia/Tashkent"))[Resource.STUDENTS]
    key = str(msgspec.json.decode(value)["id"]).encode()
    headers = (("ce_time", b"2026-01-01T00:00:00Z"), ("sync_id", b"s"))
    record = read_record(Stored(value, headers, key), Resource.STUDENTS, table)
    *columns, extra = table.mapping.read(decode(value))
    return (*columns, extra and extra.decode(), record.content_hash, record.fetched_at)


async def copy_rate(world: BenchWorld, rows: list[tuple[Any, ...]]) -> float:
    """Rows a second of COPY into a table without index."""
    columns = tables(ZoneInfo("Asia/Tashkent"))[Resource.STUDENTS].columns
    async with world.ready("services.loader", "LOADER_HEALTH_PORT"):
        pass  # makes the schema
    connection = await world.connect()
    try:
        await connection.execute(
            f"CREATE TABLE {world.prefix}.bare AS TABLE {world.prefix}.students"
        )
        begun = time.perf_counter()
        for first in range(0, len(rows), _CHUNK):
            await connection.copy_records_to_table(
                "bare",
                schema_name=world.prefix,
                records=rows[first : first + _CHUNK],
                columns=columns,
            )
        return len(rows) / (time.perf_counter() - begun)
    finally:
        await connection.execute(f"DROP SCHEMA {world.prefix} CASCADE")
        await connection.close()


async def loader_rate(world: BenchWorld, count: int) -> tuple[float, float]:
    """Rows a second from the claim of the partitions to the sync's end, and peak megabytes.

    As COPY is timed on an open connection, joining the group is left out.
    """
    await world.publish_backlog(students(count), count)
    connection = await world.connect()
    offsets, syncs = f"{world.prefix}.offsets", f"{world.prefix}.syncs"

    async def claimed() -> bool:
        sql = f"SELECT count(*) FROM {offsets} WHERE epoch > 0"  # noqa: S608 — our own prefix
        return int(await connection.fetchval(sql)) == len(Resource) * world.topics.record_partitions

    async def ended() -> bool:
        sql = f"SELECT count(*) FROM {syncs} WHERE ended_at IS NOT NULL"  # noqa: S608 — our own prefix
        return bool(await connection.fetchval(sql))

    try:
        async with world.ready("services.loader", "LOADER_HEALTH_PORT") as pid:
            await until(claimed)
            begun = time.perf_counter()
            await until(ended)
            return count / (time.perf_counter() - begun), peak_megabytes(pid)
    finally:
        await connection.execute(f"DROP SCHEMA {world.prefix} CASCADE")
        await connection.close()

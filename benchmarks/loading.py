"""Measures the loader on a backlog, interleaved with plain COPY and other consumers.

Each loader loads 100,000 records as a warm-up. Then the table is emptied, or kept, and the offset
rows are reset: the loaders claim their partitions again and load. The backlog's syncs never end, so
loaders count every record. A rebuild skips such records, so it has its own backlog.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

import asyncpg

from benchmarks import baselines
from benchmarks.meters import Cost, Meter
from benchmarks.rebuilding import rebuild
from benchmarks.students import items, row_of
from benchmarks.testbed import Testbed, until

_MAX_PREPARED = 100_000
_WARM = 100_000
_ROW_BY_ROW = 5_000
_PROCESSES = (1, 2)
_TIMEOUT_SECONDS = 3600
_EMPTY = "TRUNCATE students, sync_effects, syncs"
LIMIT = "COPY into a bare table"
CANDIDATES = ("others", "loader", "rebuild")


@dataclass
class Table:
    """Costs by candidate; each ratio is to the limit of the same round."""

    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def add(self, name: str, cost: Cost) -> None:
        self.costs.setdefault(name, []).append(cost)

    def lines(self) -> list[str]:
        """Return a Markdown table of medians."""
        head = (
            "| what | rows/s | ratio | CPU µs a row: client + server | × the limit's"
            " | WAL bytes a row | peak MB a process |"
        )
        return [head, "|---|---|---|---|---|---|---|", *map(self._line, self.costs)]

    def _line(self, name: str) -> str:
        costs, limits = self.costs[name], self.costs[LIMIT]
        pairs = list(zip(costs, limits, strict=True))
        client, server = (median(getattr(c, part) for c in costs) for part in ("client", "server"))
        times = median((c.client + c.server) / (most.client + most.server) for c, most in pairs)
        return (
            f"| {name} | {median(c.rate for c in costs):,.0f}"
            f" | {median(c.rate / most.rate for c, most in pairs):.2f}"
            f" | {client:.0f} + {server:.0f} | {times:.1f}"
            f" | {median(c.wal_bytes for c in costs):.0f}"
            f" | {max(c.peak_megabytes for c in costs):.0f} |"
        )


@dataclass(frozen=True)
class Plan:
    """The options of the command line."""

    records: int
    rounds: int
    only: Sequence[str] = CANDIDATES
    counted: bool = True


async def measure_loading(testbed: Testbed, plan: Plan) -> list[str]:
    """Return the report's lines; ratios are to COPY in the same round."""
    loaded = await _with_backlog(testbed, plan.records, counted=plan.counted)
    replayed = loaded
    if plan.counted and "rebuild" in plan.only:
        replayed = await _with_backlog(testbed, plan.records, counted=False)
    rows = [row_of(value) for value in islice(items(plan.records), _MAX_PREPARED)]
    table = Table()
    for _ in range(plan.rounds):
        table.add(LIMIT, await baselines.copy(loaded, rows))
        if "others" in plan.only:
            table.add(
                "a transaction a record",
                await baselines.row_by_row(loaded, min(_ROW_BY_ROW, len(rows))),
            )
            table.add(
                "executemany, 2,000 a transaction", await baselines.executemany(loaded, len(rows))
            )
        for processes in _PROCESSES:
            if "loader" in plan.only:
                await _measure_loaders(loaded, processes, plan.records, table)
            if "rebuild" in plan.only:
                cost = await rebuild(replayed, processes, plan.records)
                table.add(f"rebuild, {processes}", cost)
    return table.lines()


async def _with_backlog(testbed: Testbed, count: int, *, counted: bool) -> Testbed:
    testbed = testbed.fresh()
    async with testbed.ready("services.loader", "LOADER_HEALTH_PORT"):
        pass  # makes topics and schema
    await testbed.publish_backlog(items(count), count, counted=counted)
    return testbed


async def _measure_loaders(testbed: Testbed, processes: int, count: int, table: Table) -> None:
    async with _loaders(testbed, processes, count) as loaders:
        table.add(f"loader, first load, {processes}", await loaders.first_load())
        table.add(f"loader, nothing changed, {processes}", await loaders.replay())


@asynccontextmanager
async def _loaders(testbed: Testbed, processes: int, count: int) -> AsyncIterator["_Loaders"]:
    """Run this many loaders; yield them after a warm-up load."""
    async with AsyncExitStack() as stack:
        pids = [
            await stack.enter_async_context(testbed.ready("services.loader", "LOADER_HEALTH_PORT"))
            for _ in range(processes)
        ]
        connection = await testbed.connect()
        stack.push_async_callback(connection.close)
        loaders = _Loaders(testbed, connection, pids, count)
        await loaders.warm_up()
        yield loaders


@dataclass
class _Loaders:
    """Idle loader processes that load again when their offsets are reset."""

    testbed: Testbed
    connection: "asyncpg.Connection[asyncpg.Record]"
    pids: Sequence[int]
    count: int

    async def warm_up(self) -> None:
        await self._set_back(_EMPTY)
        most = min(self.count, _WARM)

        async def enough() -> bool:
            return await self._loaded() >= most

        await until(self._has_begun)
        await until(enough)

    async def first_load(self) -> Cost:
        return await self._load(_EMPTY)

    async def replay(self) -> Cost:
        return await self._load("TRUNCATE sync_effects, syncs")

    async def _load(self, begin: str) -> Cost:
        """Reset the offsets; measure from the first batch to the last."""
        await self._set_back(begin)
        await until(self._has_begun)
        done = await self._loaded()
        async with Meter(self.connection, self.pids).measuring(self.count - done) as cost:
            await until(self._is_loaded, _TIMEOUT_SECONDS)
        return cost

    async def _set_back(self, begin: str) -> None:
        async with self.connection.transaction():
            await self.connection.execute(f"SET LOCAL search_path = {self.testbed.schema}")
            await self.connection.execute(begin)
            await self.connection.execute(
                "UPDATE offsets SET next_offset = 0, epoch = epoch + 1, newest = NULL,"
                " last_record = NULL"
            )

    async def _has_begun(self) -> bool:
        return await self._loaded() > 0

    async def _is_loaded(self) -> bool:
        return await self._loaded() >= self.count

    async def _loaded(self) -> int:
        sql = f"SELECT coalesce(sum(next_offset), 0) FROM {self.testbed.schema}.offsets"  # noqa: S608 — our own name
        return int(await self.connection.fetchval(sql))

"""The loader on a backlog, beside COPY alone and other ways to write a consumer, interleaved.

The loaders run and have loaded everything once before they are measured. Then their table is
emptied, or left as it is, and the offset rows are set back: they notice, claim again and load. The
sync of the backlog never ends, so that every record is counted as in a sync.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

import asyncpg

from benchmarks import others
from benchmarks.meters import Cost, Meter
from benchmarks.students import items, row_of
from benchmarks.world import BenchWorld, until

_MOST_PREPARED = 100_000
_ROW_BY_ROW = 5_000
_PROCESSES = (1, 2)
LIMIT = "COPY into a bare table"


@dataclass
class Table:
    """Costs by contestant; a ratio is to the limit of the same round."""

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


async def measure_loading(world: BenchWorld, count: int, rounds: int) -> list[str]:
    """Return the report's lines; ``count`` records, over so many interleaved rounds."""
    world = world.fresh()
    async with world.ready("services.loader", "LOADER_HEALTH_PORT"):
        pass  # makes topics and schema
    await world.publish_backlog(items(count), count)
    rows = [row_of(value) for value in islice(items(count), _MOST_PREPARED)]
    table = Table()
    for _ in range(rounds):
        table.add(LIMIT, await others.copy(world, rows))
        table.add("a transaction a record", await others.row_by_row(world, _ROW_BY_ROW))
        table.add("executemany, 2,000 a transaction", await others.executemany(world, len(rows)))
        for processes in _PROCESSES:
            async with _loaders(world, processes, count) as loaders:
                table.add(f"loader, first load, {processes}", await loaders.first_load())
                table.add(f"loader, nothing changed, {processes}", await loaders.replay())
    return table.lines()


@asynccontextmanager
async def _loaders(world: BenchWorld, processes: int, count: int) -> AsyncIterator["_Loaders"]:
    """Run so many loaders; they have loaded everything once when they are yielded."""
    async with AsyncExitStack() as stack:
        pids = [
            await stack.enter_async_context(world.ready("services.loader", "LOADER_HEALTH_PORT"))
            for _ in range(processes)
        ]
        connection = await world.connect()
        stack.push_async_callback(connection.close)
        loaders = _Loaders(world, connection, pids, count)
        await loaders.load("TRUNCATE students, sync_effects, syncs")
        yield loaders


@dataclass
class _Loaders:
    """Loader processes with nothing to do until they are told to begin again."""

    world: BenchWorld
    connection: "asyncpg.Connection[asyncpg.Record]"
    pids: Sequence[int]
    count: int

    async def first_load(self) -> Cost:
        return await self.load("TRUNCATE students, sync_effects, syncs")

    async def replay(self) -> Cost:
        return await self.load("TRUNCATE sync_effects, syncs")

    async def load(self, begin: str) -> Cost:
        """Set the offsets back; measure from the first batch to the last."""
        await until(self._is_loaded)
        async with self.connection.transaction():
            await self.connection.execute(f"SET LOCAL search_path = {self.world.schema}")
            await self.connection.execute(begin)
            await self.connection.execute(
                "UPDATE offsets SET next_offset = 0, epoch = epoch + 1, newest = NULL,"
                " last_record = NULL"
            )
        await until(self._has_begun)
        done = await self._loaded()
        async with Meter(self.connection, self.pids).measuring(self.count - done) as cost:
            await until(self._is_loaded)
        return cost

    async def _has_begun(self) -> bool:
        return await self._loaded() > 0

    async def _is_loaded(self) -> bool:
        return await self._loaded() >= self.count

    async def _loaded(self) -> int:
        sql = f"SELECT coalesce(sum(next_offset), 0) FROM {self.world.schema}.offsets"  # noqa: S608 — our own name
        return int(await self.connection.fetchval(sql))

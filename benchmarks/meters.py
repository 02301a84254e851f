"""Measures CPU time of client and server, peak memory and write-ahead log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter

import asyncpg
import psutil

from benchmarks.testbed import peak_megabytes

_MICRO = 1_000_000


@dataclass
class Cost:
    """The cost of ``rows`` rows; ``client`` and ``server`` are microseconds a row."""

    rows: int
    seconds: float = 0.0
    client: float = 0.0
    server: float = 0.0
    wal_bytes: float = 0.0
    peak_megabytes: float = 0.0
    """Resident memory of the largest client process."""

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


@dataclass
class Meter:
    """Reads the CPU time of the client processes and of all other connections' backends."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    clients: Sequence[int]
    _server: dict[int, float] = field(default_factory=dict)

    @asynccontextmanager
    async def measuring(self, rows: int) -> AsyncIterator[Cost]:
        """Yield a cost; it is filled when the context ends."""
        cost = Cost(rows)
        client, server = self._client_seconds(), await self.look()
        lsn = await self.connection.fetchval("SELECT pg_current_wal_lsn()")
        begun = perf_counter()
        yield cost
        cost.seconds = perf_counter() - begun
        cost.client = (self._client_seconds() - client) / rows * _MICRO
        cost.server = (await self.look() - server) / rows * _MICRO
        behind = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1)"
        cost.wal_bytes = float(await self.connection.fetchval(behind, lsn)) / rows
        cost.peak_megabytes = max(map(peak_megabytes, self.clients), default=0)

    def _client_seconds(self) -> float:
        return sum(_seconds(psutil.Process(pid)) for pid in self.clients)

    async def look(self) -> float:
        """Return the CPU seconds of all backends; an ended backend keeps its last value."""
        pids = await self.connection.fetch(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        for (pid,) in pids:
            with suppress(psutil.NoSuchProcess):
                self._server[pid] = _seconds(psutil.Process(pid))
        return sum(self._server.values())


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)

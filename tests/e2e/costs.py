"""What universities cost while they run: memory, connections, open files, from outside."""

import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import psutil

from libs.common.contracts.resources import SCHEDULED
from tests.e2e.system import System

SERVICES = ("fetcher", "loader", "gateway")
_MEGABYTE = 1024 * 1024
_WINDOW_SECONDS = 30


@dataclass(frozen=True)
class Costs:
    """Means of one university's, and what the broker needs for all of them."""

    megabytes: dict[str, float]
    """Resident memory by service."""
    kafka_connections: dict[str, float]
    database_connections: float
    database_megabytes: float
    """What one connection's backend has for itself."""
    broker_megabytes: float
    broker_files: int

    def lines(self) -> Iterator[str]:
        for service in SERVICES:
            memory, connections = self.megabytes[service], self.kafka_connections[service]
            yield f"  {service:<8} {memory:5.1f} MB, {connections:.1f} connections to Kafka"
        yield (
            f"  {self.database_connections:.1f} connections to PostgreSQL,"
            f" {self.database_megabytes:.1f} MB each"
        )
        yield f"  broker of all: {self.broker_megabytes:.0f} MB, {self.broker_files} open files"


async def idle_percent(systems: Sequence[System]) -> dict[str, float]:
    """Watch them for a while; return each service's mean share of a processor."""
    before = {service: _processor_seconds(systems, service) for service in SERVICES}
    await asyncio.sleep(_WINDOW_SECONDS)
    return {
        service: (_processor_seconds(systems, service) - used) / _WINDOW_SECONDS * 100
        for service, used in before.items()
    }


def _processor_seconds(systems: Sequence[System], service: str) -> float:
    times = (psutil.Process(system.programs[service].process.pid).cpu_times() for system in systems)
    return float(mean(one.user + one.system for one in times))


async def measured(systems: Sequence[System]) -> Costs:
    port = int(systems[0].environment["KAFKA_BOOTSTRAP_SERVERS"].rpartition(":")[2])
    processes = {
        service: [psutil.Process(system.programs[service].process.pid) for system in systems]
        for service in SERVICES
    }
    sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'hemis-sync'"
    backends = [psutil.Process(row["pid"]) for row in await systems[0].rows(sql)]
    broker = _listening_on(port)
    return Costs(
        {service: _megabytes(found) for service, found in processes.items()},
        {
            service: mean(_connected(one, port) for one in found)
            for service, found in processes.items()
        },
        len(backends) / len(systems),
        mean(one.memory_full_info().uss for one in backends) / _MEGABYTE,
        _megabytes([broker]),
        broker.num_fds(),
    )


def report(
    count: int, idle: Costs, percent: Mapping[str, float], after: Costs, slowest_seconds: float
) -> None:
    lines = (
        f"\n{count} universities, each, before a sync:",
        *idle.lines(),
        *(f"  {service:<8} {share:.1f} % of a processor" for service, share in percent.items()),
        "and after one:",
        *after.lines(),
        f"slowest of {len(SCHEDULED) * count} syncs at once: {slowest_seconds:.1f} s\n",
    )
    sys.stdout.write("\n".join(lines))


def _megabytes(processes: Iterable[psutil.Process]) -> float:
    return float(mean(process.memory_info().rss for process in processes)) / _MEGABYTE


def _listening_on(port: int) -> psutil.Process:
    listening = (
        one.pid
        for one in psutil.net_connections(kind="tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
    )
    return psutil.Process(next(listening))


def _connected(process: psutil.Process, port: int) -> int:
    found = process.net_connections(kind="tcp")
    return sum(1 for one in found if one.raddr and one.raddr.port == port)

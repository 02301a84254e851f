"""Rebuilds of an emptied table from the whole backlog, as the command does them.

The time is the command's own figure, without its start; CPU is all that its processes used.
"""

import asyncio
import re
import resource
from contextlib import suppress

import psutil

from benchmarks.meters import Cost, Meter
from benchmarks.world import BenchWorld, peak_megabytes

_MODULE = "services.loader"
_DONE = re.compile(r"carry on \((?P<seconds>[\d.]+) s\)")
_LOOK_SECONDS = 0.1
_MICRO = 1_000_000


async def rebuild(world: BenchWorld, processes: int, count: int) -> Cost:
    """Measure a rebuild with so many readers."""
    connection = await world.connect()
    try:
        await connection.execute(f"TRUNCATE {world.schema}.students, {world.schema}.offsets")
        meter, used = Meter(connection, ()), _children_seconds()
        async with meter.measuring(count) as cost:
            words = ("rebuild", "--resource", "students", "--processes", str(processes))
            peak = await _watch(meter, await world.start(_MODULE, *words))
    finally:
        await connection.close()
    cost.seconds = _seconds_said(world)
    cost.client = (_children_seconds() - used) / count * _MICRO
    cost.peak_megabytes = peak
    return cost


async def _watch(meter: Meter, child: asyncio.subprocess.Process) -> float:
    """Wait for the end; return the most that one of the processes held."""
    ended, peak = asyncio.ensure_future(child.wait()), 0.0
    while not ended.done():
        await meter.look()
        peak = max(peak, _peak(child.pid))
        await asyncio.wait([ended], timeout=_LOOK_SECONDS)
    return peak


def _peak(pid: int) -> float:
    peak = 0.0
    # Any of them may end while it is looked at.
    with suppress(psutil.NoSuchProcess, OSError, StopIteration):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children()):
            peak = max(peak, peak_megabytes(process.pid))
    return peak


def _seconds_said(world: BenchWorld) -> float:
    said = world.log_of(_MODULE).read_text(encoding="utf-8")
    done = _DONE.search(said)
    if done is None:
        raise RuntimeError(f"the rebuild failed: {said}")
    return float(done["seconds"])


def _children_seconds() -> float:
    """Of processes that have ended, and of those they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

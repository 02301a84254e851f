"""Measures rebuilds of an emptied table from the whole backlog.

The time is what the command reports, without its start; CPU is that of all its processes.
"""

import asyncio
import re
import resource
from contextlib import suppress

import psutil

from benchmarks.meters import Cost, Meter
from benchmarks.testbed import Testbed, peak_megabytes

_MODULE = "services.loader"
_DONE = re.compile(r"^Done, .*\((?P<seconds>[\d.]+) s\)", re.MULTILINE)
_LOOK_SECONDS = 0.1
_MICRO = 1_000_000


async def rebuild(testbed: Testbed, processes: int, count: int) -> Cost:
    """Measure a rebuild with this many readers."""
    connection = await testbed.connect()
    try:
        await connection.execute(f"TRUNCATE {testbed.schema}.students, {testbed.schema}.offsets")
        meter, used = Meter(connection, ()), _children_seconds()
        async with meter.measuring(count) as cost:
            words = ("rebuild", "--resource", "students", "--processes", str(processes))
            peak = await _watch(meter, await testbed.start(_MODULE, *words))
    finally:
        await connection.close()
    cost.seconds = _seconds_said(testbed)
    cost.client = (_children_seconds() - used) / count * _MICRO
    cost.peak_megabytes = peak
    return cost


async def _watch(meter: Meter, child: asyncio.subprocess.Process) -> float:
    """Wait for the end; return the peak memory of the largest process."""
    ended, peak = asyncio.ensure_future(child.wait()), 0.0
    while not ended.done():
        await meter.look()
        peak = max(peak, _peak(child.pid))
        await asyncio.wait([ended], timeout=_LOOK_SECONDS)
    return peak


def _peak(pid: int) -> float:
    peak = 0.0
    # A process may end while it is being read.
    with suppress(psutil.NoSuchProcess, OSError, StopIteration):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children()):
            peak = max(peak, peak_megabytes(process.pid))
    return peak


def _seconds_said(testbed: Testbed) -> float:
    said = testbed.log_of(_MODULE).read_text(encoding="utf-8")
    done = _DONE.search(said)
    if done is None:
        raise RuntimeError(f"the rebuild failed: {said}")
    return float(done["seconds"])


def _children_seconds() -> float:
    """The CPU time of ended child processes and of their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

"""Stops a loader that loads nothing although it could, so that it is restarted.

A Kafka client can hang without an error. The watchdog asks Kafka and PostgreSQL over connections
of its own. Only if both answer, records wait and no offset moves is the loader itself stuck.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from libs.common.clock import Clock
from libs.common.errors import TransientError
from libs.common.kafka.ports import LogReader, Partition
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from services.loader.errors import LoaderStuck
from services.loader.loading.claims import Claims
from services.loader.loading.outages import Outages
from services.loader.metrics import Metrics
from services.loader.store import offsets

_TICK_SECONDS = 5.0
# A batch takes a second; a rebalance, a re-read or a slow disk takes some seconds more.
_STALL_SECONDS = 120.0


class StallDetector:
    """Remembers since when each lagging partition has not moved. Pure."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._since: dict[tuple[Partition, int], float] = {}

    def stalled(self, now: float, lagging: Mapping[Partition, int]) -> list[Partition]:
        """Take the next offsets of lagging partitions; return those that have stalled."""
        self._since = {position: self._since.get(position, now) for position in lagging.items()}
        return [
            partition
            for (partition, _), since in self._since.items()
            if now - since >= self._stall_seconds
        ]

    def reset(self) -> None:
        """Start over, because an outage explains the stall."""
        self._since.clear()


def lag(next_offset: int, end: int) -> int:
    """Count the records to read; all of them in a log that was recreated and is shorter."""
    return end - next_offset if next_offset <= end else end


@dataclass
class LagProbe:
    """Reads the positions of the assigned partitions."""

    claims: Claims
    database: Database
    reader: LogReader

    async def positions(self) -> dict[Partition, tuple[int, int]]:
        """Return next and end offset of each partition; raises TransientError."""
        async with self.database.connection() as connection:
            stored = await offsets.read_claims(connection)
        ends = await self.reader.ends(self.claims.assigned_now())
        return {
            partition: (stored.get(partition, (0, 0))[1], end) for partition, end in ends.items()
        }

    def is_readable(self, partition: Partition) -> bool:
        """Tell whether the partition's topic is not paused."""
        return self.claims.is_readable(partition)


@dataclass
class Watchdog:
    """Checks for a stall every five seconds, and updates the lag metric."""

    probe: LagProbe
    outages: Outages
    metrics: Metrics
    clock: Clock
    stall_seconds: float = _STALL_SECONDS
    _database_failures: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._detector = StallDetector(self.stall_seconds)

    async def run(self, stop: Stop) -> None:
        """Check until ``stop`` is set; raises LoaderStuck."""
        while not await stop.wait(_TICK_SECONDS):
            await self.step()

    async def step(self) -> None:
        """Check once; raises LoaderStuck."""
        try:
            found = await self.probe.positions()
        except TransientError:
            self._detector.reset()
            return
        self.metrics.lags({partition: lag(at, end) for partition, (at, end) in found.items()})
        if self.outages.database_failures != self._database_failures:
            self._database_failures = self.outages.database_failures
            self._detector.reset()
        lagging = {
            partition: at
            for partition, (at, end) in found.items()
            if at != end and self.probe.is_readable(partition)
        }
        stalled = self._detector.stalled(self.clock.monotonic(), lagging)
        if stalled:
            partitions = ", ".join(map(str, sorted(stalled)))
            raise LoaderStuck(f"records wait, nothing is away, nothing moves: {partitions}")

"""Ends a process that lives and loads nothing although it could.

A client of Kafka can stop for good without an error that anybody sees. Kafka and PostgreSQL are
asked here by other ways than the loading's own: only when both answer, records wait and nothing
moves is it the loader that is stuck, and a restart the cure. An outage is none: it is waited for.
"""

from collections.abc import Mapping

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
# A batch takes a second; a rebalance, a re-read or a slow disk some more.
_PATIENCE_SECONDS = 120.0


class StallDetector:
    """Since when each partition with records to load stands where it stands. Pure."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._since: dict[tuple[Partition, int], float] = {}

    def look(self, now: float, waiting: Mapping[Partition, int]) -> list[Partition]:
        """Take the next offsets of what lags; return what has not moved for too long."""
        self._since = {place: self._since.get(place, now) for place in waiting.items()}
        return [
            partition
            for (partition, _), since in self._since.items()
            if now - since >= self._patience
        ]

    def excuse(self) -> None:
        """Forget all: there is a reason to stand still, and people are told of it."""
        self._since.clear()


def lag(next_offset: int, end: int) -> int:
    """Count records to read: all, in a log that ends before ``next_offset`` and so is another."""
    return end - next_offset if next_offset <= end else end


class LagProbe:
    """Where the assigned partitions stand: by the offset rows, and by the log's end."""

    def __init__(self, claims: Claims, database: Database, reader: LogReader) -> None:
        self._claims = claims
        self._database = database
        self._reader = reader

    async def ask(self) -> dict[Partition, tuple[int, int]]:
        """Return next and end offset of each; raises TransientError when somebody is away."""
        async with self._database.connection() as connection:
            rows = await offsets.owners(connection)
        ends = await self._reader.ends(self._claims.assigned_now())
        return {place: (rows.get(place, (0, 0))[1], end) for place, end in ends.items()}

    def is_read(self, place: Partition) -> bool:
        """Tell whether its topic is not paused until a person decides."""
        return self._claims.lets_read(place)


class Watchdog:
    """Looks every five seconds; shows the lag on the way."""

    def __init__(
        self,
        source: LagProbe,
        outages: Outages,
        metrics: Metrics,
        clock: Clock,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._source = source
        self._outages = outages
        self._metrics = metrics
        self._clock = clock
        self._stillness = StallDetector(patience_seconds)
        self._excuses = 0

    async def run(self, stop: Stop) -> None:
        """Look until the stop; raises LoaderStuck."""
        while not await stop.wait(_TICK_SECONDS):
            await self.step()

    async def step(self) -> None:
        """Look once; raises LoaderStuck."""
        try:
            found = await self._source.ask()
        except TransientError:
            self._stillness.excuse()
            return
        self._metrics.lags({place: lag(at, end) for place, (at, end) in found.items()})
        if self._outages.of_database != self._excuses:
            self._excuses = self._outages.of_database
            self._stillness.excuse()
        lagging = {place: at for place, (at, end) in found.items() if at != end}
        waiting = {place: at for place, at in lagging.items() if self._source.is_read(place)}
        stuck = self._stillness.look(self._clock.monotonic(), waiting)
        if stuck:
            places = ", ".join(map(str, sorted(stuck)))
            raise LoaderStuck(f"records wait, nothing is away, nothing moves: {places}")

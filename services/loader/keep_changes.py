"""The use case: ``changes`` has a partition for each month, and drops those that are too old."""

from dataclasses import dataclass

from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.store import changes

_TICK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ChangesKeeper:
    """Looks every minute; a partition is created a month before it is needed."""

    database: Database
    days: int

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "keeping changes")

    async def step(self) -> None:
        """Create and drop partitions; raises DatabaseAway, DatabaseFault."""
        async with self.database.connection() as connection:
            await changes.keep_partitions(connection, self.days)

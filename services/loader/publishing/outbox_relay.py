"""Outbox relay: publishes rows again until the progress topic shows them."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.follower import ProgressFollower

_TICK_SECONDS = 1.0

Row = TypeVar("Row")


class Outbox(Protocol[Row]):
    """The rows of one table that must appear on the progress topic."""

    contents: str

    async def unpublished(self, connection: Connection) -> Sequence[Row]: ...

    def is_on_topic(self, row: Row) -> bool: ...

    async def mark_published(self, connection: Connection, rows: Sequence[Row]) -> None: ...

    async def due(self, connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
        """Return which of these rows to publish now."""
        ...

    async def publish(self, row: Row) -> None: ...

    async def mark_recent_unpublished(self, connection: Connection) -> None:
        """Mark what the topic may have lost with its end."""
        ...


class OutboxRelay(Generic[Row]):
    """Publishes the rows of one outbox; every loader does, and repetition is harmless."""

    def __init__(self, database: Database, follower: ProgressFollower, outbox: Outbox[Row]) -> None:
        self._database = database
        self._follower = follower
        self._outbox = outbox
        self._losses = follower.losses

    async def run(self, stop: Stop) -> None:
        doing = f"publishing {self._outbox.contents}"
        await run_periodically(self.step, stop, _TICK_SECONDS, doing)

    async def step(self) -> None:
        """Publish what is due once; raises DatabaseAway, KafkaUnavailable."""
        losses = self._follower.losses
        async with self._database.connection() as connection:
            if self._losses != losses:
                await self._outbox.mark_recent_unpublished(connection)
                self._losses = losses
            rows = await self._outbox.unpublished(connection)
            published = [row for row in rows if self._outbox.is_on_topic(row)]
            if published:
                await self._outbox.mark_published(connection, published)
            due = await self._outbox.due(connection, [row for row in rows if row not in published])
        for row in due:
            await self._outbox.publish(row)

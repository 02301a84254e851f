"""Pauses a record topic when one sync rejected too many of its records."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from libs.common.contracts.resources import Resource
from libs.common.contracts.sums import SyncCounts
from libs.common.contracts.topics import Topics
from libs.common.errors import TransientError
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from libs.common.process.readiness import OK, Readiness
from services.loader.progress.facts import SyncFacts
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.reject_limit import RejectLimit, Rejects
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store import syncs

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.2


@dataclass
class Pauses:
    """Derives the pauses from the counts in PostgreSQL and the decisions on Kafka.

    Nothing is stored, so every loader comes to the same pauses, also after a restart.
    """

    follower: ProgressFollower
    limit: RejectLimit
    topics: Topics
    pausing: dict[str, tuple[SyncFacts, Rejects]] = field(init=False, default_factory=dict)
    """The syncs that pause their topic, by sync id."""

    def update(self, open_counts: Mapping[str, SyncCounts]) -> None:
        """Find the syncs that pause their topic; ``open_counts`` are of syncs not closed yet."""
        self.pausing = {}
        for facts in self.follower.all():
            started = facts.started
            if started is None or (facts.is_failed and started.sync_id not in open_counts):
                continue
            rejects = self.limit.exceeded_by(facts, open_counts.get(started.sync_id))
            if rejects is not None:
                self.pausing[started.sync_id] = (facts, rejects)

    def are_possible(self) -> bool:
        """Tell whether any sync has begun and not ended: without one nothing is paused."""
        return any(f.started is not None and f.finished is None for f in self.follower.all())

    def is_readable(self, topic: str) -> bool:
        return not self.by_topic()[topic]

    def by_topic(self) -> dict[str, bool]:
        """Tell of each record topic whether it is paused."""
        paused = {facts.started.resource for facts, _ in self.pausing.values() if facts.started}
        return {self.topics.records(resource): resource in paused for resource in Resource}


@dataclass
class PauseReporter:
    """Keeps the pauses up to date, and shows them on the topic and at ``/readyz``."""

    database: Database
    pauses: Pauses
    publisher: ProgressPublisher
    readiness: Readiness
    _published: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._losses = self.pauses.follower.losses

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.update, stop, _TICK_SECONDS, "looking for pauses")

    async def update(self) -> None:
        """Update the pauses; raises DatabaseAway, KafkaUnavailable."""
        counts: dict[str, SyncCounts] = {}
        if self.pauses.are_possible():
            async with self.database.connection() as connection:
                counts = await syncs.open_counts(connection)
        self.pauses.update(counts)
        self._show()
        if self._losses != self.pauses.follower.losses:
            self._losses = self.pauses.follower.losses
            self._published.clear()
        for facts, rejects in self.pauses.pausing.values():
            await self._publish(facts, rejects)

    async def is_pausing(self, sync_id: str) -> bool:
        """Tell, by the newest counts, whether this sync waits for a person's decision."""
        await self.update()
        return sync_id in self.pauses.pausing

    def _show(self) -> None:
        for topic, is_paused in self.pauses.by_topic().items():
            name = f"loading {topic}"
            if is_paused:
                self.readiness.away(name, "paused: too many records of a sync were rejected")
            elif self.readiness.states().get(name, OK) != OK:
                self.readiness.available(name)

    async def _publish(self, facts: SyncFacts, rejects: Rejects) -> None:
        started = facts.started
        if started is None or facts.paused is not None or started.sync_id in self._published:
            return
        logger.error(
            "HEMIS %s loading is paused: %d of %d records were rejected",
            started.resource,
            rejects.rejected,
            rejects.records,
            extra={"sync": started.sync_id},
        )
        # Added before the await, so that a concurrent update does not publish it twice.
        self._published.add(started.sync_id)
        try:
            await self.publisher.paused(started, rejects, self.pauses.limit.percent)
        except TransientError:
            self._published.discard(started.sync_id)
            raise

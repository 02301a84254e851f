"""Topics that are not read because a sync rejected too many of their records."""

import logging
from collections.abc import Mapping

from libs.common.contracts.enums import Outcome
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_counts import SyncCounts
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


class Pauses:
    """What is paused is derived, never stored: counts in PostgreSQL, a person's word on Kafka.

    So every loader comes to the same, also after a restart, before it reads a record.
    """

    def __init__(self, log: ProgressFollower, limit: RejectLimit, topics: Topics) -> None:
        self._log = log
        self._limit = limit
        self._topics = topics
        self.standing: dict[str, tuple[SyncFacts, Rejects]] = {}

    def judge(self, counted: Mapping[str, SyncCounts]) -> None:
        """Look at every sync that is not over; ``counted`` holds those with an open row."""
        self.standing = {}
        for facts in self._log.all():
            started = facts.started
            if started is None or (_failed(facts) and started.sync_id not in counted):
                continue
            rejects = self._limit.exceeded_by(facts, counted.get(started.sync_id))
            if rejects is not None:
                self.standing[started.sync_id] = (facts, rejects)

    def may_stand(self) -> bool:
        """Tell whether any sync has begun and not ended: without one nothing is paused."""
        return any(f.started is not None and f.finished is None for f in self._log.all())

    def lets_read(self, topic: str) -> bool:
        return not self.by_topic()[topic]

    def by_topic(self) -> dict[str, bool]:
        """Tell of each record topic whether it is paused."""
        paused = {facts.started.resource for facts, _ in self.standing.values() if facts.started}
        return {self._topics.records(resource): resource in paused for resource in Resource}

    @property
    def losses(self) -> int:
        """How often the topic lost its end."""
        return self._log.losses

    @property
    def percent(self) -> float:
        return self._limit.percent


class PauseReporter:
    """Keeps the pauses up to date, and says them: on the topic, and where readiness is asked."""

    def __init__(
        self, database: Database, pauses: Pauses, announcer: ProgressPublisher, readiness: Readiness
    ) -> None:
        self._database = database
        self._pauses = pauses
        self._announcer = announcer
        self._readiness = readiness
        self._said: set[str] = set()
        self._losses = pauses.losses

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.look, stop, _TICK_SECONDS, "looking for pauses")

    async def look(self) -> None:
        """Judge anew; raises DatabaseAway, KafkaUnavailable."""
        self._pauses.judge(await self._counted() if self._pauses.may_stand() else {})
        self._show()
        if self._losses != self._pauses.losses:
            self._losses = self._pauses.losses
            self._said.clear()
        for facts, rejects in self._pauses.standing.values():
            await self._say(facts, rejects)

    async def _counted(self) -> dict[str, SyncCounts]:
        async with self._database.connection() as connection:
            return await syncs.open_counts(connection)

    async def holds(self, sync_id: str) -> bool:
        """Tell, by the newest counts, whether this sync waits for a person."""
        await self.look()
        return sync_id in self._pauses.standing

    def _show(self) -> None:
        for topic, is_paused in self._pauses.by_topic().items():
            name = f"loading {topic}"
            if is_paused:
                self._readiness.away(name, "paused: too many records of a sync were rejected")
            elif self._readiness.states().get(name, OK) != OK:
                self._readiness.available(name)

    async def _say(self, facts: SyncFacts, rejects: Rejects) -> None:
        started = facts.started
        if started is None or facts.paused is not None or started.sync_id in self._said:
            return
        logger.error(
            "HEMIS %s loading is paused: %d of %d records were rejected",
            started.resource,
            rejects.rejected,
            rejects.records,
            extra={"sync": started.sync_id},
        )
        # Before the await: whoever looks meanwhile must not say it a second time.
        self._said.add(started.sync_id)
        try:
            await self._announcer.paused(started, rejects, self._pauses.percent)
        except TransientError:
            self._said.discard(started.sync_id)
            raise


def _failed(facts: SyncFacts) -> bool:
    decision = facts.decision
    return decision is not None and decision.outcome is not Outcome.COMPLETED

"""Drops settled syncs from memory, and notes from where the next start has to read.

A sync is settled when its row says how it ended, the topic shows all its events, and no answer is
awaited. The next start reads from the first event of the oldest sync that is not settled.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from libs.common.clock import Clock
from libs.common.kafka.ports import Broker, Partition
from libs.common.kafka.same_log import first_record
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.facts import Followed, Mark, SyncFacts, mark_of
from services.loader.progress.follower import ProgressFollower
from services.loader.store import removals, settled, syncs
from services.loader.store.settled import EPOCH, StoredStatus

logger = logging.getLogger(__name__)

_TICK_SECONDS = 5.0
KEPT_AFTER_END = timedelta(minutes=10)
"""How long a sync is kept after its end, as its row or report may have to be written again."""


class Settler:
    """Asks the tables on a timer; rows that they lost in a failover are written again.

    A restored backup, or a promoted standby that lagged, may lack more than memory still holds. Its
    row of ``followed`` is then older than the one seen last, and the topic is read again from it.
    """

    def __init__(
        self,
        broker: Broker,
        database: Database,
        log: ProgressFollower,
        place: Partition,
        clock: Clock,
    ) -> None:
        self._broker = broker
        self._database = database
        self._log = log
        self._place = place
        self._clock = clock
        self._noted: tuple[Followed, int] | None = None
        self._seen: datetime | None = None
        """``noted_at`` of the row of ``followed`` that was seen last."""

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "settling")

    async def step(self) -> None:
        """Notice a restored database, then settle; raises DatabaseAway, KafkaUnavailable."""
        async with self._database.connection() as connection:
            row = await settled.followed(connection, self._place.topic)
        noted_at = row[1] if row is not None else None
        if self._seen is not None and (noted_at is None or noted_at < self._seen):
            await self._read_again()
        self._seen = noted_at
        await self.settle()

    async def _read_again(self) -> None:
        logger.warning("the database has an earlier state: reading HEMIS progress again from there")
        start = await first_offset_to_read(self._broker, self._database, self._place)
        async with self._broker.log_reader({self._place: start}) as reader:
            await self._log.read_again(reader)
        self._noted = None

    async def settle(self) -> None:
        """Drop what is settled, and note from where a start reads; raises DatabaseAway."""
        looked_at = {name: (facts, facts.folded) for name, facts in self._log.items()}
        if looked_at:
            async with self._database.connection() as connection:
                found = await settled.stored_statuses(connection, looked_at.keys())
            self._settle(looked_at, found)
        await self._remember()

    def _settle(
        self, looked_at: Mapping[str, tuple[SyncFacts, int]], found: Mapping[str, StoredStatus]
    ) -> None:
        for name, (facts, folded) in looked_at.items():
            # One with new events since then is left to the next step.
            if facts.folded == folded and is_over(facts, found[name]):
                self._log.forget(name)

    async def _remember(self) -> None:
        place = self._log.followed(self._clock.now_ms())
        if place is None or (place, self._log.losses) == self._noted:
            return
        is_anew = self._noted is None or self._noted[1] != self._log.losses
        topic = self._place.topic
        async with self._database.connection() as connection:
            noted_at = await settled.remember(connection, topic, place, self._seen, is_anew=is_anew)
        self._noted = (place, self._log.losses)
        self._seen = noted_at or self._seen


def is_over(facts: SyncFacts, status: StoredStatus) -> bool:
    """Tell whether nothing is left to do; reopens a sync whose row the tables have lost."""
    if facts.is_unstorable:
        return True
    if not status.is_asking:
        facts.answers.clear()
    has_ended = facts.started is None or status.has_ended(facts.last_attempt)
    if not has_ended:
        facts.closed_attempt = None
    return has_ended and status.is_settled and not facts.waits_for_removals


async def first_offset_to_read(broker: Broker, database: Database, place: Partition) -> int | None:
    """Return the offset from which to read a topic; None means from its beginning.

    Marks what the topic may have lost since it was last read, so that it is published again.

    Raises:
        DatabaseAway, KafkaUnavailable: one of them cannot be asked now.
    """
    async with database.connection() as connection:
        noted = await settled.followed(connection, place.topic)
        stands = noted is not None and await _stands(broker, place, noted[0].last)
        since = noted[1] - KEPT_AFTER_END if noted is not None and stands else EPOCH
        await syncs.forget_recent_announcements(connection, since)
        await removals.forget_recent_announcements(connection, since)
    if noted is not None and stands:
        return noted[0].next_offset
    logger.info("HEMIS progress is read from its beginning: this may take minutes, once")
    return None


async def _stands(broker: Broker, place: Partition, mark: Mark) -> bool:
    async with broker.log_reader({place: mark.offset}) as reader:
        end = (await reader.bounds())[place].end
        record = await first_record(reader, place, end)
    return record is not None and mark_of(record) == mark

"""Drops settled syncs from memory, and stores from which offset the next start reads.

A sync is settled when its row says how it ended, the topic shows all its events, and no answer is
awaited. The next start reads from the first event of the oldest sync that is not settled.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.clock import Clock
from libs.common.contracts.times import EPOCH
from libs.common.kafka.ports import Broker, Partition
from libs.common.kafka.same_log import first_record
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.facts import (
    OffsetFingerprint,
    ReadPosition,
    SyncFacts,
    offset_fingerprint,
)
from services.loader.progress.follower import ProgressFollower
from services.loader.store import settled, syncs
from services.loader.store.removals import states
from services.loader.store.settled import KEPT_AFTER_END, StoredStatus

logger = logging.getLogger(__name__)

_TICK_SECONDS = 5.0


@dataclass
class Settler:
    """Checks the tables on a timer; syncs whose rows were lost in a failover are closed again.

    A restored backup, or a promoted standby that lagged, may lack syncs that memory has dropped.
    Its row in ``followed`` is older than the one seen last; then the topic is read again from it.
    """

    broker: Broker
    database: Database
    follower: ProgressFollower
    progress: Partition
    clock: Clock
    _written: tuple[ReadPosition, int] | None = field(init=False, default=None)
    """The position written last, and how often the topic had lost its end by then."""
    _seen_at: datetime | None = field(init=False, default=None)
    """``noted_at`` of the row of ``followed`` that was seen last."""

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "settling")

    async def step(self) -> None:
        """Detect a restored database, then settle; raises DatabaseAway, KafkaUnavailable."""
        async with self.database.connection() as connection:
            row = await settled.read_position(connection, self.progress.topic)
        stored_at = row[1] if row is not None else None
        if self._seen_at is not None and (stored_at is None or stored_at < self._seen_at):
            await self._read_again()
        self._seen_at = stored_at
        await self.settle()

    async def _read_again(self) -> None:
        logger.warning("the database has an earlier state: reading HEMIS progress again from there")
        start = await first_offset_to_read(self.broker, self.database, self.progress)
        async with self.broker.log_reader({self.progress: start}) as reader:
            await self.follower.read_again(reader)
        self._written = None

    async def settle(self) -> None:
        """Drop settled syncs, and store from where the next start reads; raises DatabaseAway."""
        checked = {name: (facts, facts.folded) for name, facts in self.follower.items()}
        if checked:
            async with self.database.connection() as connection:
                found = await settled.stored_statuses(connection, checked.keys())
            for name, (facts, folded) in checked.items():
                # A sync with events that came since then waits for the next step.
                if facts.folded == folded and check_settled(facts, found[name]):
                    self.follower.forget(name)
        await self._write_position()

    async def _write_position(self) -> None:
        position = self.follower.position(self.clock.now_ms())
        losses = self.follower.losses
        if position is None or (position, losses) == self._written:
            return
        is_new_topic = self._written is None or self._written[1] != losses
        async with self.database.connection() as connection:
            written_at = await settled.write_position(
                connection, self.progress.topic, position, self._seen_at, is_new_topic=is_new_topic
            )
        self._written = (position, losses)
        self._seen_at = written_at or self._seen_at


def check_settled(facts: SyncFacts, status: StoredStatus) -> bool:
    """Tell whether nothing is left to do; reopens a sync whose row the tables have lost."""
    if facts.is_unstorable:
        return True
    if not status.is_asking:
        facts.answers.clear()
    has_ended = facts.started is None or status.has_ended(facts.last_attempt)
    if not has_ended:
        facts.closed_attempt = None
    return has_ended and status.is_settled and not facts.waits_for_removals


async def first_offset_to_read(
    broker: Broker, database: Database, partition: Partition
) -> int | None:
    """Return the offset from which to read a topic; None for its beginning.

    Marks recent rows as unpublished, since the topic may have lost their events meanwhile.

    Raises:
        DatabaseAway, KafkaUnavailable: PostgreSQL or Kafka does not answer.
    """
    async with database.connection() as connection:
        row = await settled.read_position(connection, partition.topic)
        is_same = row is not None and await _is_same_topic(broker, partition, row[0].last)
        since = row[1] - KEPT_AFTER_END if row is not None and is_same else EPOCH
        await syncs.mark_recent_unpublished(connection, since)
        await states.mark_recent_unpublished(connection, since)
    if row is not None and is_same:
        return row[0].next_offset
    logger.info("HEMIS progress is read from its beginning: this may take minutes, once")
    return None


async def _is_same_topic(broker: Broker, partition: Partition, last: OffsetFingerprint) -> bool:
    async with broker.log_reader({partition: last.offset}) as reader:
        end = (await reader.bounds())[partition].end
        record = await first_record(reader, partition, end)
    return record is not None and offset_fingerprint(record) == last

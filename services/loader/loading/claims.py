"""The partitions that this loader holds, and the offset from which it reads each."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from libs.common.kafka.ports import Bounds, Broker, GroupConsumer, Partition
from libs.common.postgres.database import Database
from services.loader.loading.log_lookup import is_loaded_log
from services.loader.records.decide import StaleRecordGuard
from services.loader.store import offsets
from services.loader.store.offsets import OffsetRow

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Claim:
    """A partition that this loader holds until another one raises the epoch."""

    epoch: int
    next_offset: int
    guard: StaleRecordGuard

    def advanced(self, next_offset: int, guard: StaleRecordGuard) -> "Claim":
        """Return the claim after a committed batch."""
        until = guard.reread_until
        done = until is not None and next_offset >= until
        return Claim(
            self.epoch, next_offset, StaleRecordGuard(guard.newest, None if done else until)
        )


@dataclass
class Claims:
    """Listens to assignments; the loader's own loop claims what was assigned."""

    broker: Broker
    database: Database
    is_topic_readable: Callable[[str], bool]
    """Tells whether a topic is not paused."""
    held: dict[Partition, Claim] = field(init=False, default_factory=dict)
    _assigned: set[Partition] = field(init=False, default_factory=set)

    def assigned(self, partitions: Collection[Partition]) -> None:
        self._assigned = set(partitions)
        self.held.clear()
        logger.info("partitions assigned", extra={"count": len(self._assigned)})

    async def revoked(self, partitions: Collection[Partition]) -> None:
        self._assigned -= set(partitions)
        self.drop(partitions)

    def drop(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            self.held.pop(partition, None)

    def drop_paused(self, partitions: Iterable[Partition]) -> None:
        """Drop partitions that were paused since their records were polled."""
        self.drop([partition for partition in partitions if not self.is_readable(partition)])

    def advance(self, moved: Mapping[Partition, Claim]) -> None:
        """Store the claims after a committed batch, unless a partition was lost meanwhile."""
        for partition, claim in moved.items():
            held = self.held.get(partition)
            if held is not None and held.epoch == claim.epoch:
                self.held[partition] = claim

    def assigned_now(self) -> Collection[Partition]:
        """Return what the consumer group assigned, claimed or not."""
        return frozenset(self._assigned)

    def is_readable(self, partition: Partition) -> bool:
        return self.is_topic_readable(partition.topic)

    def readable(self) -> tuple[Partition, ...]:
        return tuple(filter(self.is_readable, self.held))

    def are_incomplete(self) -> bool:
        """Tell whether assigned partitions are not claimed yet."""
        return self._assigned != self.held.keys()

    async def claim_assigned(self, consumer: GroupConsumer) -> None:
        """Claim what is assigned and not held, then resume reading it.

        Raises:
            DatabaseAway: the remaining partitions stay paused.
            KafkaUnavailable: the log could not be read.
        """
        unclaimed = sorted(self._assigned - self.held.keys())
        consumer.pause(unclaimed)
        for partition in unclaimed:
            claim = await self._claim(partition, await consumer.bounds(partition))
            if partition in self._assigned:
                self.held[partition] = claim
                consumer.seek(partition, claim.next_offset)
                consumer.resume([partition])

    async def verify(self) -> None:
        """Drop the claims that another loader, or a restored database, has made invalid."""
        async with self.database.connection() as connection:
            stored = await offsets.read_claims(connection)
        for partition, claim in tuple(self.held.items()):
            if stored.get(partition) != (claim.epoch, claim.next_offset):
                logger.warning("claim lost", extra={"partition": str(partition)})
                self.drop([partition])

    async def _claim(self, partition: Partition, bounds: Bounds) -> Claim:
        async with self.database.connection() as connection:
            row = await offsets.claim(connection, partition)
        if await is_loaded_log(self.broker, partition, row, bounds):
            return Claim(row.epoch, row.next_offset, StaleRecordGuard(row.newest, row.reread_until))
        return await self._reread(partition, row, bounds)

    async def _reread(self, partition: Partition, row: OffsetRow, bounds: Bounds) -> Claim:
        logger.warning(
            "the topic is not the one that was read: reading it from its beginning",
            extra={"partition": str(partition), "loaded_until": row.next_offset},
        )
        async with self.database.connection() as connection:
            await offsets.begin_reread(connection, partition, row.epoch, bounds.first, bounds.end)
        return Claim(row.epoch, bounds.first, StaleRecordGuard(None, bounds.end))

"""The partitions that this loader holds, and from where it reads them."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from libs.common.kafka.ports import Bounds, GroupConsumer, Partition
from libs.common.postgres.database import Database
from services.loader.loading.log_lookup import LogLookup
from services.loader.records.decide import StaleRecordGuard
from services.loader.store import offsets
from services.loader.store.offsets import OffsetRow

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Claim:
    """A partition that is ours until another loader raises its epoch."""

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


class Claims:
    """Hears of assignments; claims from the loader's own loop, never from the listener."""

    def __init__(
        self, continuity: LogLookup, database: Database, lets_read: Callable[[str], bool]
    ) -> None:
        """``lets_read`` tells of a topic that it is not paused."""
        self._continuity = continuity
        self._database = database
        self._lets_read = lets_read
        self._assigned: set[Partition] = set()
        self.held: dict[Partition, Claim] = {}

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

    def drop_all(self) -> None:
        self.held.clear()

    def drop_paused(self, places: Iterable[Partition]) -> None:
        """Give up what was paused while its records were gathered: they are read again later."""
        self.drop([place for place in places if not self.lets_read(place)])

    def advance(self, moved: Mapping[Partition, Claim]) -> None:
        """Take over where a committed batch left off, unless the partition was lost meanwhile."""
        for partition, claim in moved.items():
            held = self.held.get(partition)
            if held is not None and held.epoch == claim.epoch:
                self.held[partition] = claim

    def assigned_now(self) -> Collection[Partition]:
        """Return what the group gave us, claimed or not."""
        return frozenset(self._assigned)

    def lets_read(self, place: Partition) -> bool:
        return self._lets_read(place.topic)

    def readable(self) -> tuple[Partition, ...]:
        return tuple(filter(self.lets_read, self.held))

    def are_unsettled(self) -> bool:
        return self._assigned != self.held.keys()

    async def settle(self, consumer: GroupConsumer) -> None:
        """Claim what is assigned and not yet held, then let it flow.

        Raises:
            DatabaseAway: nothing more could be claimed; the partitions stay paused.
            KafkaUnavailable: the log could not be looked at.
        """
        waiting = sorted(self._assigned - self.held.keys())
        consumer.pause(waiting)
        for partition in waiting:
            claim = await self._claim(partition, await consumer.bounds(partition))
            if partition in self._assigned:
                self.held[partition] = claim
                consumer.seek(partition, claim.next_offset)
                consumer.resume([partition])

    async def distrust_connections(self) -> None:
        """Let every connection be made anew: a silent peer would be met again.

        One dead connection of the pool after the other would cost a minute, a demoted primary all.
        """
        await self._database.expire_connections()

    async def verify(self) -> None:
        """Drop claims that the database does not know (any more)."""
        async with self._database.connection() as connection:
            known = await offsets.owners(connection)
        for partition, claim in tuple(self.held.items()):
            if known.get(partition) != (claim.epoch, claim.next_offset):
                logger.warning("claim lost", extra={"partition": str(partition)})
                self.drop([partition])

    async def _claim(self, partition: Partition, bounds: Bounds) -> Claim:
        async with self._database.connection() as connection:
            row = await offsets.claim(connection, partition)
        if await self._continuity.holds(partition, row, bounds):
            return Claim(row.epoch, row.next_offset, StaleRecordGuard(row.newest, row.reread_until))
        return await self._begin_again(partition, row, bounds)

    async def _begin_again(self, partition: Partition, row: OffsetRow, bounds: Bounds) -> Claim:
        logger.warning(
            "the topic is not the one that was read: reading it from its beginning",
            extra={"partition": str(partition), "loaded_until": row.next_offset},
        )
        async with self._database.connection() as connection:
            await offsets.begin_reread(connection, partition, row.epoch, bounds.first, bounds.end)
        return Claim(row.epoch, bounds.first, StaleRecordGuard(None, bounds.end))

"""Who works: of all fetchers the one that holds the partition of commands, the others stand by."""

import asyncio
import logging
from collections.abc import Collection

from libs.common.contracts.heartbeats import ACTIVE, STANDBY
from libs.common.health.heartbeat import Heartbeat
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.ports import GroupConsumer, Partition
from libs.common.process.lifecycle import Stop
from services.fetcher.context import ProcessContext
from services.fetcher.leadership.term import LeaderTerm

logger = logging.getLogger(__name__)

GROUP = "fetcher"
_STANDBY_POLL_SECONDS = 0.5


class Fetcher:
    """A member of the fetchers' group; works while the partition is its own."""

    def __init__(
        self, place: ProcessContext, heartbeat: Heartbeat, wind_down_seconds: float
    ) -> None:
        self._place = place
        self._heartbeat = heartbeat
        self._wind_down_seconds = wind_down_seconds
        self._partition: Partition | None = None
        self._tenure: asyncio.Task[None] | None = None
        heartbeat.state = STANDBY

    async def run(self, stop: Stop) -> None:
        """Work or stand by until the stop; leaves the group at the end."""
        topics = self._place.topics
        async with self._place.broker.group_consumer(
            topics.group(GROUP), [topics.commands], self
        ) as consumer:
            while not stop.is_set():
                if self._partition is None:
                    await _stand_by(consumer)
                else:
                    await self._work(LeaderTerm(self._place, consumer, self._partition), stop)

    async def _work(self, tenure: LeaderTerm, stop: Stop) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tenure = tasks.create_task(tenure.run(stop, self._wind_down_seconds))
        self._tenure = None

    def assigned(self, partitions: Collection[Partition]) -> None:
        """See ``RebalanceListener``."""
        self._partition = next(iter(partitions), None)
        self._heartbeat.state = STANDBY if self._partition is None else ACTIVE
        logger.info("HEMIS fetcher is %s", self._heartbeat.state)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Stop all tasks; the group is joined again only when they are gone."""
        if self._partition not in partitions:
            return
        self._partition = None
        self._heartbeat.state = STANDBY
        if self._tenure is not None:
            self._tenure.cancel()
            await asyncio.wait([self._tenure])


async def _stand_by(consumer: GroupConsumer) -> None:
    try:
        await consumer.poll((), 1, _STANDBY_POLL_SECONDS)
    except KafkaUnavailable:
        await asyncio.sleep(_STANDBY_POLL_SECONDS)

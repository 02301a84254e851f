"""Of all fetchers, the one that owns the partition of commands works; the others stand by."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from libs.common.contracts.heartbeats import ACTIVE, STANDBY
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.ports import Broker, GroupConsumer, Partition
from libs.common.process.lifecycle import Stop
from services.fetcher.leadership.term import LeaderTerm

logger = logging.getLogger(__name__)

GROUP = "fetcher"
_STANDBY_POLL_SECONDS = 0.5


@dataclass(eq=False)
class Fetcher:
    """A member of the fetchers' consumer group; works while it owns the partition."""

    broker: Broker
    topics: Topics
    heartbeat: Heartbeat
    begin_term: Callable[[GroupConsumer, Partition], LeaderTerm]
    grace_seconds: float
    """How long requests in flight may take to finish at a stop."""
    _partition: Partition | None = field(default=None, init=False)
    _term: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.heartbeat.state = STANDBY

    async def run(self, stop: Stop) -> None:
        """Work or stand by until the stop; leave the group at the end."""
        group, commands = self.topics.group(GROUP), self.topics.commands
        async with self.broker.group_consumer(group, [commands], self) as consumer:
            while not stop.is_set():
                if self._partition is None:
                    await _stand_by(consumer)
                else:
                    await self._work(self.begin_term(consumer, self._partition), stop)

    async def _work(self, term: LeaderTerm, stop: Stop) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._term = tasks.create_task(term.run(stop, self.grace_seconds))
        self._term = None

    def assigned(self, partitions: Collection[Partition]) -> None:
        """See ``RebalanceListener``."""
        self._partition = next(iter(partitions), None)
        self.heartbeat.state = STANDBY if self._partition is None else ACTIVE
        logger.info("HEMIS fetcher is %s", self.heartbeat.state)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Stop all tasks before the group is joined again."""
        if self._partition not in partitions:
            return
        self._partition = None
        self.heartbeat.state = STANDBY
        if self._term is not None:
            self._term.cancel()
            await asyncio.wait([self._term])


async def _stand_by(consumer: GroupConsumer) -> None:
    try:
        await consumer.poll((), 1, _STANDBY_POLL_SECONDS)
    except KafkaUnavailable:
        await asyncio.sleep(_STANDBY_POLL_SECONDS)

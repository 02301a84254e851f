"""Publishes recent events again when the progress topic has lost its last messages.

A broker that loses messages reports no error. So the fetcher looks for its last acknowledged event
at each takeover, and then every 30 seconds.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from itertools import islice

from libs.common.contracts.checkpoints import Checkpoint, Said
from libs.common.contracts.events import Event
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.ports import Broker, Partition
from libs.common.kafka.same_log import first_record
from services.fetcher.commands.answers import ended
from services.fetcher.context import ResourceContext
from services.fetcher.publishing.fenced_producer import FencedProducer, mark_of_event
from services.fetcher.syncs import steps
from services.fetcher.syncs.steps import newest_of

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 30.0
_RECENT_MS = 24 * 3_600_000
_MOST_ENDS = 100


class EventRecovery:
    """Looks for the last event that was acknowledged; raises as ``FencedProducer``."""

    def __init__(
        self, broker: Broker, outbox: FencedProducer, benches: Iterable[ResourceContext]
    ) -> None:
        self._broker = broker
        self._outbox = outbox
        self._benches = tuple(benches)
        self._lost: Said | None = None
        self._partition = Partition(outbox.topics.progress, 0)

    async def run(self) -> None:
        """Look every 30 seconds, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once; if the last event is gone, publish the recent ones again."""
        said = self._outbox.last_said or self._remembered()
        try:
            if said is None or said == self._lost or await self._holds(said):
                return
        except KafkaUnavailable:
            return
        self._lost = said
        logger.warning(
            "HEMIS progress topic has lost its last messages: publishing recent events again"
        )
        for bench in self._benches:
            for event in recent_events(bench.memory.checkpoint, bench.clock.now_ms()):
                await self._outbox.say(event)

    def _remembered(self) -> Said | None:
        checkpoints = (bench.memory.checkpoint for bench in self._benches)
        said = (checkpoint.said for checkpoint in checkpoints)
        return max((one for one in said if one is not None), default=None)

    async def _holds(self, said: Said) -> bool:
        async with self._broker.log_reader({self._partition: said.offset}) as reader:
            bounds = (await reader.bounds())[self._partition]
            if said.offset < bounds.first:
                return True
            record = await first_record(reader, self._partition, bounds.end)
        if record is None or record.offset != said.offset:
            return False
        return mark_of_event(record.value or b"") == said.mark


def recent_events(checkpoint: Checkpoint, now: int) -> Iterator[Event]:
    """Return what the topic must hold: the sync, open requests, and what ended within a day."""
    sync = checkpoint.sync
    if sync is not None:
        yield steps.started(checkpoint.resource, sync)
        yield from newest_of(checkpoint)
    for request in checkpoint.open_requests:
        yield steps.request_started(request)
    for known in islice(reversed(checkpoint.known), _MOST_ENDS):
        is_told = sync is not None and sync.sync_id == known.sync_id
        if known.at > now - _RECENT_MS and not is_told:
            yield ended(checkpoint.resource, known, now)

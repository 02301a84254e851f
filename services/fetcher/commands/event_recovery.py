"""Publishes recent events again when the progress topic has lost its last messages.

A broker that loses messages reports no error. So the fetcher looks for its last acknowledged event
at each takeover, and then every 30 seconds.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice

from libs.common.clock import Clock
from libs.common.contracts.checkpoints import Checkpoint, LastEvent
from libs.common.contracts.events import Event
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.ports import Broker, Partition
from libs.common.kafka.same_log import first_record
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.commands.answers import ended_long_ago
from services.fetcher.publishing.fenced_producer import FencedProducer, short_hash
from services.fetcher.syncs.events import latest_events, request_started, started

logger = logging.getLogger(__name__)

_CHECK_SECONDS = 30.0
_RECENT_MS = 24 * 3_600_000
_MOST_ENDS = 100


@dataclass
class EventRecovery:
    """Looks for the last acknowledged event; raises as ``FencedProducer.publish``."""

    broker: Broker
    producer: FencedProducer
    clock: Clock
    states: Collection[CheckpointState]
    _lost: LastEvent | None = field(default=None, init=False)

    async def run(self) -> None:
        """Check every 30 seconds, until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            await self.check()

    async def check(self) -> None:
        """Check once; if the last event is gone, publish the recent ones again."""
        last = self.producer.last_event or self._last_in_checkpoints()
        try:
            if last is None or last == self._lost or await self._holds(last):
                return
        except KafkaUnavailable:
            return
        self._lost = last
        logger.warning(
            "HEMIS progress topic has lost its last messages: publishing recent events again"
        )
        for state in self.states:
            for event in recent_events(state.checkpoint, self.clock.now_ms()):
                await self.producer.publish_events(event)

    def _last_in_checkpoints(self) -> LastEvent | None:
        known = (state.checkpoint.said for state in self.states)
        return max((said for said in known if said is not None), default=None)

    async def _holds(self, last: LastEvent) -> bool:
        partition = Partition(self.producer.topics.progress, 0)
        async with self.broker.log_reader({partition: last.offset}) as reader:
            bounds = (await reader.bounds())[partition]
            if last.offset < bounds.first:
                return True
            record = await first_record(reader, partition, bounds.end)
        if record is None or record.offset != last.offset:
            return False
        return short_hash(record.value or b"") == last.mark


def recent_events(checkpoint: Checkpoint, now: int) -> Iterator[Event]:
    """Return the latest sync's events, open requests, and what ended within a day."""
    sync = checkpoint.sync
    if sync is not None:
        yield started(checkpoint.resource, sync)
        yield from latest_events(checkpoint)
    for request in checkpoint.open_requests:
        yield request_started(request)
    for known in islice(reversed(checkpoint.known), _MOST_ENDS):
        is_latest = sync is not None and sync.sync_id == known.sync_id
        if known.at > now - _RECENT_MS and not is_latest:
            yield ended_long_ago(checkpoint.resource, known, now)

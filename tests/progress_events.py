"""Waiting for an event of a sync: its topic is followed, not read again and again."""

import asyncio
from typing import TypeVar

from libs.common.contracts.events import EVENTS, SyncFetched, SyncFinished
from libs.common.kafka.client import KafkaBroker
from libs.common.kafka.ports import Partition

E = TypeVar("E", SyncFetched, SyncFinished)


async def event_of(
    broker: KafkaBroker, progress: str, kind: type[E], sync_id: str, seconds: float
) -> E:
    """Return the first such event of the topic; TimeoutError when none comes within that time."""
    place = Partition(progress, 0)
    async with asyncio.timeout(seconds), broker.log_reader({place: None}) as reader:
        while True:
            for record in await reader.poll(1):
                event = EVENTS.decode(record.value or b"")
                if isinstance(event, kind) and event.sync_id == sync_id:
                    return event

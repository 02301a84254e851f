"""Asks the fetcher to fetch again the records that were refused as stale."""

from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import FetchRecords, WantedRecord, command_fields
from libs.common.contracts.enums import Trigger
from libs.common.contracts.sync_ids import refetch_sync_id
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message, Producer
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.store import refetches
from services.loader.store.refetches import RefetchRequest

_TICK_SECONDS = 1.0


@dataclass
class RefetchRequester:
    """Publishes a command for each refetch that is due.

    The fetcher then writes a newer record, so that the log too ends with the newest content.
    """

    database: Database
    producer: Producer
    topics: Topics
    clock: Clock

    async def run(self, stop: Stop) -> None:
        await run_periodically(self._step, stop, _TICK_SECONDS, "asking for refetches")

    async def _step(self) -> None:
        async with self.database.connection() as connection:
            due = await refetches.take_due(connection)
        await self.producer.publish([self._command(request) for request in due])

    def _command(self, request: RefetchRequest) -> Message:
        resource = request.resource
        sync_id = refetch_sync_id(self.topics.prefix, resource, request.key, request.asked)
        command = FetchRecords(
            **command_fields(resource, sync_id, self.clock.now_ms()),
            records=(WantedRecord(hemis_id=request.hemis_id),),
            trigger=Trigger.HEAL,
        )
        return Message(self.topics.commands, resource, encode(command))

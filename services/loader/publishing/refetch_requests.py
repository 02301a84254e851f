"""Asks the fetcher to fetch again the records that were refused as stale."""

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import FetchRecords, WantedRecord, command_fields
from libs.common.contracts.enums import Trigger
from libs.common.contracts.sync_ids import healing_sync_id
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message, Producer
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.store import refetches
from services.loader.store.refetches import RefetchRequest

_TICK_SECONDS = 1.0


class RefetchRequester:
    """Publishes a command for each refetch that is due.

    The fetcher then writes a newer record, so that the log too ends with the newest content.
    """

    def __init__(
        self, database: Database, producer: Producer, topics: Topics, clock: Clock
    ) -> None:
        self._database = database
        self._producer = producer
        self._topics = topics
        self._clock = clock

    async def run(self, stop: Stop) -> None:
        await run_periodically(self._step, stop, _TICK_SECONDS, "asking for refetches")

    async def _step(self) -> None:
        async with self._database.connection() as connection:
            due = await refetches.take_due(connection)
        await self._producer.publish([self._command(request) for request in due])

    def _command(self, request: RefetchRequest) -> Message:
        resource = request.resource
        sync_id = healing_sync_id(self._topics.prefix, resource, request.key, request.asked)
        command = FetchRecords(
            **command_fields(resource, sync_id, self._clock.now_ms()),
            records=(WantedRecord(hemis_id=request.hemis_id),),
            trigger=Trigger.HEAL,
        )
        return Message(self._topics.commands, resource, encode(command))

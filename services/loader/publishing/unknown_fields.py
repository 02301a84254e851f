"""Says, once a sync has ended, which of its fields nobody here knows: their names only."""

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.enums import FieldChange
from libs.common.contracts.events import SourceDrifted
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message, Producer
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.follower import ProgressFollower
from services.loader.records.unknown_fields import UnknownFields
from services.loader.store import unknown_fields as drift

_TICK_SECONDS = 1.0


class UnknownFieldsReporter:
    """Repeats it from PostgreSQL until the topic itself shows it."""

    def __init__(
        self,
        database: Database,
        log: ProgressFollower,
        producer: Producer,
        topics: Topics,
        clock: Clock,
    ) -> None:
        self._database = database
        self._log = log
        self._producer = producer
        self._topic = topics.progress
        self._clock = clock

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "reporting drift")

    async def step(self) -> None:
        async with self._database.connection() as connection:
            ended = await drift.of_ended(connection)
            if not ended:
                return
            await drift.forget(connection, [one for one in ended if self._is_shown(one)])
            due = [one for one in ended if not self._is_shown(one)]
            taken = await drift.take(connection, due)
        await self._producer.publish([self._event(one) for one in taken])

    def _is_shown(self, found: UnknownFields) -> bool:
        # A sync that was resumed may have said some of it before.
        return self._log.facts(found.sync_id).drifted >= set(found.fields)

    def _event(self, found: UnknownFields) -> Message:
        event = SourceDrifted(
            sync_id=found.sync_id,
            resource=found.resource,
            at=self._clock.now_ms(),
            fields=found.fields,
            change=FieldChange.UNKNOWN,
        )
        return Message(self._topic, found.sync_id, encode(event))

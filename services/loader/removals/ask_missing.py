"""Asks the fetcher to confirm the rows that a sync did not see, until each is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import ConfirmMissing, MissingRecord, command_fields
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message, Producer
from libs.common.postgres.database import Database
from libs.common.process.failpoints import FailPoint
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.removal_rules import Policy
from services.loader.store.removals import unseen
from services.loader.store.removals.unseen import MissingKey

_TICK_SECONDS = 1.0


@dataclass
class MissingRequester:
    """Publishes commands for the keys in ``unseen`` that are due."""

    database: Database
    producer: Producer
    topics: Topics
    clock: Clock
    policy: Policy
    fail_point: FailPoint

    async def run(self, stop: Stop) -> None:
        await run_periodically(self._step, stop, _TICK_SECONDS, "asking for the unseen")

    async def _step(self) -> None:
        for resource in Resource:
            async with self.database.connection() as connection:
                due = await unseen.take_due(connection, resource, self.policy)
            if due:
                self.fail_point.reached("before-asking")
            by_sync = groupby(due, lambda key: key.sync_id)
            await self.producer.publish([self._command(resource, *group) for group in by_sync])

    def _command(self, resource: Resource, sync_id: str, keys: Iterable[MissingKey]) -> Message:
        records = [
            MissingRecord(
                key=missing.key,
                id_number=missing.id_number,
                tombstone=missing.vacated or self.policy == "delete",
            )
            for missing in keys
        ]
        fields = command_fields(resource, sync_id, self.clock.now_ms())
        command = ConfirmMissing(**fields, records=tuple(records))
        return Message(self.topics.commands, resource, encode(command))

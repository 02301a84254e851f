"""Asks the fetcher to confirm the rows that a sync did not see, until each is answered."""

from collections.abc import Iterable
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


class MissingCommands:
    """Builds the commands; the policy is the current setting."""

    def __init__(self, topics: Topics, clock: Clock, policy: Policy) -> None:
        self._topics = topics
        self._clock = clock
        self.policy = policy

    def confirm(self, resource: Resource, due: list[MissingKey]) -> list[Message]:
        """Return a command for each sync."""
        by_sync = groupby(due, lambda key: key.sync_id)
        return [self._command(resource, sync_id, keys) for sync_id, keys in by_sync]

    def _command(self, resource: Resource, sync_id: str, keys: Iterable[MissingKey]) -> Message:
        command = ConfirmMissing(
            **command_fields(resource, sync_id, self._clock.now_ms()),
            records=tuple(map(self._record, keys)),
        )
        return Message(self._topics.commands, resource, encode(command))

    def _record(self, missing: MissingKey) -> MissingRecord:
        tombstone = missing.vacated or self.policy == "delete"
        return MissingRecord(key=missing.key, id_number=missing.id_number, tombstone=tombstone)


class MissingRequester:
    """Publishes commands for the keys in ``unseen`` that are due."""

    def __init__(
        self,
        database: Database,
        producer: Producer,
        commands: MissingCommands,
        fail_point: FailPoint,
    ) -> None:
        self._database = database
        self._producer = producer
        self._commands = commands
        self._fail_point = fail_point

    async def run(self, stop: Stop) -> None:
        await run_periodically(self._step, stop, _TICK_SECONDS, "asking for the unseen")

    async def _step(self) -> None:
        for resource in Resource:
            await self._ask(resource)

    async def _ask(self, resource: Resource) -> None:
        async with self._database.connection() as connection:
            due = await unseen.take_due(connection, resource, self._commands.policy)
        if due:
            self._fail_point.reached("before-asking")
        await self._producer.publish(self._commands.confirm(resource, due))

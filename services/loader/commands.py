"""Handles what people decide about held removals and pauses, read from ``hemis.commands``."""

import logging
from collections import deque
from dataclasses import dataclass, field

from libs.common.clock import Clock
from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.commands import (
    COMMANDS,
    ApproveRemovals,
    Command,
    DiscardRemovals,
    ResumeLoading,
)
from libs.common.contracts.enums import RemovalState
from libs.common.kafka.ports import LogReader, Record
from libs.common.postgres.database import Database
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.skip_unstorable import skip_if_unstorable
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store.removals import states

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.2


@dataclass
class OperatorCommands:
    """Reads all of the topic at each start, so that a restart loses no command.

    Every loader handles every command; handling one twice is harmless.
    """

    reader: LogReader
    database: Database
    follower: ProgressFollower
    publisher: ProgressPublisher
    clock: Clock
    _pending: deque[Command] = field(init=False, default_factory=deque)

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "handling commands")

    async def step(self) -> None:
        for record in await self.reader.poll(0):
            command = _command_of(record)
            if command is not None and command.expires_at > self.clock.now_ms():
                self._pending.append(command)
        while self._pending:
            command = self._pending[0]
            with skip_if_unstorable(command.sync_id, "command"):
                await self._handle(command)
            self._pending.popleft()

    async def _handle(self, command: Command) -> None:
        match command:
            case ResumeLoading():
                await self._resume(command)
            case ApproveRemovals():
                await self._decide(command, RemovalState.ASKING)
            case DiscardRemovals():
                await self._decide(command, RemovalState.DISCARDED)
            case _:
                pass

    async def _decide(self, command: Command, state: RemovalState) -> None:
        async with self.database.transaction() as connection:
            was_held = await states.decide(connection, command.sync_id, state)
        if was_held:
            self._log_decision(command, f"removals decided: {state}")

    async def _resume(self, command: ResumeLoading) -> None:
        await self.follower.catch_up()
        facts = self.follower.facts(command.sync_id)
        if facts.paused is not None and facts.resumed is None:
            self._log_decision(command, "loading goes on")
            await self.publisher.resumed(command.sync_id, command.resource)

    def _log_decision(self, command: Command, text: str) -> None:
        extra = {"sync": command.sync_id, "requested_by": command.requested_by}
        logger.warning("HEMIS %s %s, by request", command.resource, text, extra=extra)


def _command_of(record: Record) -> Command | None:
    try:
        return COMMANDS.decode(record.value or b"null")
    except MalformedMessage as error:
        logger.warning("not a command", extra={"offset": record.offset, "reason": str(error)})
        return None

"""Reads commands ahead from their topic, and commits the offsets of the answered ones."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast, get_args

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.commands import COMMANDS, FetcherCommand
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable, OffsetsGone
from libs.common.kafka.ports import GroupConsumer, Partition, Record
from libs.common.process.readiness import Readiness
from services.fetcher.commands.queue import CommandQueue, QueuedCommand

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
_MOST_COMMANDS_AT_ONCE = 500


@dataclass
class CommandReader:
    """The queued commands of one leader term."""

    consumer: GroupConsumer
    partition: Partition
    readiness: Readiness
    _queue: CommandQueue = field(default_factory=CommandQueue, init=False)
    _committed: int = field(default=-1, init=False)

    async def begin(self) -> None:
        """Begin at the committed offset; waits for Kafka, and raises Stopped."""
        await self.readiness.wait_for(KAFKA, self._seek, KafkaUnavailable)

    async def next(self, is_kept: Callable[[FetcherCommand], bool]) -> QueuedCommand | None:
        """Read what has arrived, and return the command to answer next, if there is one.

        Commands that are not kept only occupy an offset: after a long outage, most of the topic
        has expired.
        """
        if not self._queue.is_full:
            for record in await self._poll(0.0 if self._queue else _POLL_SECONDS):
                command = _command_of(record)
                keep = command is not None and is_kept(command)
                self._queue.add(record.offset, command if keep else None)
        return self._queue.take()

    async def commit(self, answered: QueuedCommand) -> None:
        """Mark a command as answered.

        A command that overtook others stays uncommitted until they are answered: a crash repeats
        it.
        """
        self._queue.done(answered)
        if self._queue.offset != self._committed:
            await self.consumer.commit({self.partition: self._queue.offset})
            self._committed = self._queue.offset

    async def _seek(self) -> None:
        bounds = await self.consumer.bounds(self.partition)
        committed = await self.consumer.committed(self.partition)
        if committed is None or not bounds.first <= committed <= bounds.end:
            committed = bounds.first
        self._queue, self._committed = CommandQueue(), -1
        self.consumer.seek(self.partition, committed)
        self.consumer.resume([self.partition])

    async def _poll(self, seconds: float) -> list[Record]:
        try:
            return await self.consumer.poll([self.partition], _MOST_COMMANDS_AT_ONCE, seconds)
        except OffsetsGone:
            await self.begin()
        except KafkaUnavailable as error:
            self.readiness.away(KAFKA, error)
            await asyncio.sleep(_POLL_SECONDS)
        return []


def _command_of(record: Record) -> FetcherCommand | None:
    """Decode a command; None if it is unreadable or for another service."""
    try:
        command = COMMANDS.decode(record.value or b"null")
    except MalformedMessage as error:
        logger.warning(
            "HEMIS command is unreadable", extra={"offset": record.offset, "reason": str(error)}
        )
        return None
    is_ours = isinstance(command, get_args(FetcherCommand))
    return cast("FetcherCommand", command) if is_ours else None

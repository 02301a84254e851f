"""A tenure: the time in which this fetcher holds the partition of commands, and so works."""

import asyncio
import logging
from collections.abc import Mapping
from typing import cast, get_args

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.commands import COMMANDS, FetcherCommand
from libs.common.contracts.resources import Resource
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable, OffsetsGone
from libs.common.kafka.ports import GroupConsumer, Partition, Record
from libs.common.process.lifecycle import Stop
from services.fetcher.checkpoints.topic import CheckpointTopic
from services.fetcher.commands.accept import Commands
from services.fetcher.commands.answers import Answer
from services.fetcher.commands.event_recovery import EventRecovery
from services.fetcher.commands.queue import CommandQueue, QueuedCommand
from services.fetcher.commands.running import RunningTasks
from services.fetcher.context import ProcessContext, ResourceContext
from services.fetcher.publishing.fenced_producer import FreezeDetector, LeadershipLost
from services.fetcher.syncs import steps
from services.fetcher.syncs.steps import newest_of

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
_MOST_COMMANDS_AT_ONCE = 500
# Longer than the heartbeat: by then the group has told whether the partition is still ours.
_ASIDE_SECONDS = 4.0

Benches = Mapping[Resource, ResourceContext]


class LeaderTerm:
    """Begins from the checkpoints, ends with all its tasks stopped."""

    def __init__(
        self, place: ProcessContext, consumer: GroupConsumer, partition: Partition
    ) -> None:
        self._place = place
        self._consumer = consumer
        self._partition = partition
        self._watch = FreezeDetector(place.clock)
        self._outbox = place.outbox(self._watch)
        self._queue = CommandQueue()
        self._committed = -1

    async def run(self, stop: Stop, wind_down_seconds: float) -> None:
        """Work until the stop, a cancellation or a freeze.

        Raises:
            Stopped: the stop came while Kafka was away.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(self._watch.run())
                benches = await self._take_over()
                work = RunningTasks(tasks, benches)
                await self._serve(benches, work, stop)
                await work.finish_requests(wind_down_seconds)
                work.drop_all()
                watching.cancel()
        except* LeadershipLost as lost:
            logger.warning(
                "HEMIS fetching begins again from the checkpoints: %s", lost.exceptions[0]
            )
            await asyncio.sleep(_ASIDE_SECONDS)

    async def _take_over(self) -> Benches:
        log = CheckpointTopic(self._place.broker, self._outbox)
        wait_for = self._place.readiness.wait_for
        memories = await wait_for(KAFKA, log.take_over, KafkaUnavailable)
        epochs = {str(resource): known.checkpoint.epoch for resource, known in memories.items()}
        logger.info("HEMIS fetching taken over", extra={"epochs": epochs})
        return {
            resource: self._place.bench(self._outbox, log, remembered)
            for resource, remembered in memories.items()
        }

    async def _serve(self, benches: Benches, work: RunningTasks, stop: Stop) -> None:
        recovery = EventRecovery(self._place.broker, self._outbox, benches.values())
        await recovery.look()
        work.begin_event_recovery(recovery)
        for bench in benches.values():
            await self._carry_on(bench, work)
        await self._place.readiness.wait_for(KAFKA, self._seek, KafkaUnavailable)
        commands = Commands(benches, work)
        while not stop.is_set():
            await self._read_ahead(commands)
            waiting = self._queue.take()
            if waiting is not None:
                await self._obey(waiting, commands)

    async def _carry_on(self, bench: ResourceContext, work: RunningTasks) -> None:
        """Say again how things stand, as the one before us may not have, and go on with them."""
        checkpoint = bench.memory.checkpoint
        if checkpoint.sync is not None:
            await self._outbox.say(*newest_of(checkpoint))
        if bench.memory.running is not None:
            work.begin_sync(bench.resource, bench.memory.running)
        if checkpoint.open_requests:
            await self._outbox.say(*map(steps.request_started, checkpoint.open_requests))
        for request in checkpoint.open_requests:
            work.begin_request(request)
        for erasure in checkpoint.open_erasures:
            work.begin_erasing(erasure)

    async def _seek(self) -> None:
        bounds = await self._consumer.bounds(self._partition)
        committed = await self._consumer.committed(self._partition)
        is_there = committed is not None and bounds.first <= committed <= bounds.end
        offset = committed if committed is not None and is_there else bounds.first
        self._queue, self._committed = CommandQueue(), -1
        self._consumer.seek(self._partition, offset)
        self._consumer.resume([self._partition])

    async def _read_ahead(self, commands: Commands) -> None:
        """Queue the commands that have arrived, so that a person's command can overtake others.

        Commands that get no answer are not kept: after a long outage they are most of the topic.
        """
        if not self._queue.is_full:
            for record in await self._poll(0.0 if self._queue else _POLL_SECONDS):
                command = _command_of(record)
                is_kept = command is not None and commands.accepts(command)
                self._queue.add(record.offset, command if is_kept else None)

    async def _poll(self, seconds: float) -> list[Record]:
        try:
            return await self._consumer.poll([self._partition], _MOST_COMMANDS_AT_ONCE, seconds)
        except OffsetsGone:
            await self._place.readiness.wait_for(KAFKA, self._seek, KafkaUnavailable)
        except KafkaUnavailable as error:
            self._place.readiness.away(KAFKA, error)
            await asyncio.sleep(_POLL_SECONDS)
        return []

    async def _obey(self, waiting: QueuedCommand, commands: Commands) -> None:
        """Answer one command: checkpoint, then Kafka's commit, then the answer.

        A command that overtook others is not committed yet: a crash repeats it.
        """
        command = waiting.command
        answer = await commands.answer(command) if command else Answer()
        self._queue.done(waiting)
        await self._commit(self._queue.offset)
        if answer.events:
            await self._outbox.say(*answer.events)
        answer.begin()

    async def _commit(self, offset: int) -> None:
        if offset != self._committed:
            await self._consumer.commit({self._partition: offset})
            self._committed = offset


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

"""A leader term: the time in which this fetcher owns the partition of commands, and so works."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.contracts.commands import FetcherCommand
from libs.common.contracts.resources import Resource
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.fetcher.checkpoints.restore import RestoredCheckpoint
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.checkpoints.topic import CheckpointTopic
from services.fetcher.commands.answers import SyncTask, Task
from services.fetcher.commands.event_recovery import EventRecovery
from services.fetcher.commands.handle import CommandHandler, gets_an_answer
from services.fetcher.commands.queue import QueuedCommand
from services.fetcher.commands.reader import CommandReader
from services.fetcher.commands.running import RunningTasks, Work
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.publishing.fenced_producer import (
    FencedProducer,
    FreezeDetector,
    LeadershipLost,
)
from services.fetcher.syncs.events import latest_events, request_started

logger = logging.getLogger(__name__)

# Longer than a heartbeat interval: by then the group has told whether we still own the partition.
_PAUSE_AFTER_LOSS_SECONDS = 4.0


@dataclass(frozen=True, kw_only=True)
class LeaderTerm:
    """Begins from the checkpoints, and ends with all its tasks stopped."""

    commands: CommandReader
    freeze_detector: FreezeDetector
    producer: FencedProducer
    checkpoints: CheckpointTopic
    open_resource: Callable[[RestoredCheckpoint], ResourceParts]
    work_of: Callable[[ResourceParts, Task], Work]
    open_handler: Callable[[ResourceParts, Callable[[str], Awaitable[None]]], CommandHandler]
    open_recovery: Callable[[list[CheckpointState]], EventRecovery]
    readiness: Readiness
    clock: Clock

    async def run(self, stop: Stop, grace_seconds: float) -> None:
        """Work until the stop, a cancellation or a freeze.

        Requests in flight at the stop may take ``grace_seconds`` to finish.

        Raises:
            Stopped: the stop came while Kafka was away.
        """
        try:
            async with asyncio.TaskGroup() as group:
                freeze_checks = group.create_task(self.freeze_detector.run())
                resources = await self._take_over()
                tasks = RunningTasks(group, resources, self.work_of)
                await self._work(resources, tasks, stop)
                await tasks.finish_requests(grace_seconds)
                tasks.cancel_all()
                freeze_checks.cancel()
        except* LeadershipLost as lost:
            logger.warning(
                "HEMIS fetching begins again from the checkpoints: %s", lost.exceptions[0]
            )
            await asyncio.sleep(_PAUSE_AFTER_LOSS_SECONDS)

    async def _take_over(self) -> Mapping[Resource, ResourceParts]:
        take_over = self.checkpoints.take_over
        restored = await self.readiness.wait_for(KAFKA, take_over, KafkaUnavailable)
        epochs = {str(resource): one.checkpoint.epoch for resource, one in restored.items()}
        logger.info("HEMIS fetching taken over", extra={"epochs": epochs})
        return {resource: self.open_resource(one) for resource, one in restored.items()}

    async def _work(
        self, resources: Mapping[Resource, ResourceParts], tasks: RunningTasks, stop: Stop
    ) -> None:
        recovery = self.open_recovery([parts.state for parts in resources.values()])
        await recovery.check()
        tasks.run("event recovery", recovery.run())
        for parts in resources.values():
            await self._continue(parts.state, tasks)
        handlers = {
            resource: self.open_handler(parts, tasks.stop) for resource, parts in resources.items()
        }
        await self.commands.begin()
        while not stop.is_set():
            queued = await self.commands.next(self._gets_an_answer)
            if queued is not None:
                await self._handle(queued, handlers, tasks)

    async def _continue(self, state: CheckpointState, tasks: RunningTasks) -> None:
        """Publish the state again, which the leader before may not have done, and resume tasks."""
        checkpoint = state.checkpoint
        if checkpoint.sync is not None:
            await self.producer.publish_events(*latest_events(checkpoint))
        if state.running is not None:
            tasks.begin(SyncTask(checkpoint.resource, state.running))
        if checkpoint.open_requests:
            await self.producer.publish_events(*map(request_started, checkpoint.open_requests))
        for request in checkpoint.open_requests:
            tasks.begin(request)
        for erasure in checkpoint.open_erasures:
            tasks.begin(erasure)

    async def _handle(
        self,
        queued: QueuedCommand,
        handlers: Mapping[Resource, CommandHandler],
        tasks: RunningTasks,
    ) -> None:
        """Answer a command: write the checkpoint, commit the offset, publish, begin the task."""
        command = queued.command
        if command is None or not self._gets_an_answer(command):
            await self.commands.commit(queued)
            return
        answer = await handlers[command.resource].answer(command)
        await self.commands.commit(queued)
        if answer.events:
            await self.producer.publish_events(*answer.events)
        if answer.task is not None:
            tasks.begin(answer.task)

    def _gets_an_answer(self, command: FetcherCommand) -> bool:
        return gets_an_answer(command, self.clock.now_ms())

"""Use case: accept or refuse a command. The checkpoint is written before the answer is sent."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.commands import (
    RESUMABLE_MS,
    CancelSync,
    ConfirmMissing,
    EraseRecord,
    FetcherCommand,
    FetchRecords,
    ResumeSync,
    StartSync,
)
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, SyncFetched, SyncRefused
from services.fetcher.checkpoints.bounds import (
    is_readable_size,
    no_room_for_erasure,
    no_room_for_request,
)
from services.fetcher.checkpoints.state import (
    CheckpointState,
    with_decision,
    with_erasure,
    with_request,
    with_sync,
    without_request,
)
from services.fetcher.commands.answers import Answer, SyncTask, ended_long_ago
from services.fetcher.fetching.plan_sync import SyncPlanner
from services.fetcher.syncs import events, steps
from services.fetcher.syncs.plan import begun

logger = logging.getLogger(__name__)

_RESUMABLE = frozenset({Outcome.FAILED, Outcome.CANCELLED})


def gets_an_answer(command: FetcherCommand, now: int) -> bool:
    """Tell whether a command is handled at all; log why one is not."""
    if not is_readable_size(command):
        logger.error("HEMIS command is larger than gateway and loader send: ignored")
        return False
    if command.expires_at < now:
        # The gateway that sent it shows it as cancelled by now.
        logger.warning("HEMIS command has expired: ignored", extra={"sync": command.sync_id})
        return False
    return True


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """Answers the commands for one resource without waiting for HEMIS.

    All methods raise as ``FencedProducer.publish``.
    """

    state: CheckpointState
    planner: SyncPlanner
    stop_task: Callable[[str], Awaitable[None]]
    """Stops the running task with this sync id, if there is one."""
    now_ms: Callable[[], int]

    async def answer(self, command: FetcherCommand) -> Answer:
        match command:
            case StartSync():
                return await self._start(command)
            case ResumeSync():
                return await self._resume(command)
            case CancelSync():
                return await self._cancel(command)
            case FetchRecords():
                return await self._fetch(command)
            case ConfirmMissing():
                return Answer(task=command)
            case EraseRecord():
                return await self._erase(command)

    async def _start(self, command: StartSync) -> Answer:
        known = self._known(command.sync_id)
        if known is not None:
            return known
        active = self.state.running
        if active and command.supersedes != active.sync_id:
            return self._refuse(command, f"sync {active.sync_id} is running", active.sync_id)
        reason = f"superseded by {command.sync_id}"
        ended = await self._stop_sync(active, reason) if active else ()
        plan = await self.planner.plan(command.mode)
        return await self._run(begun(command, plan, self.now_ms(), active), ended)

    async def _resume(self, command: ResumeSync) -> Answer:
        active = self.state.running
        if active and active.sync_id != command.sync_id:
            return self._refuse(command, f"sync {active.sync_id} is running", active.sync_id)
        latest = self.state.checkpoint.sync
        if latest is None or latest.sync_id != command.sync_id:
            return self._refuse(command, "only the latest sync can be resumed")
        if active or command.attempt not in {0, latest.attempt + 1}:
            # A repeated or late command: the attempt it asks for has begun already.
            return Answer(events.latest_events(self.state.checkpoint))
        now, ended = self.now_ms(), latest.ended
        if not ended or ended.outcome not in _RESUMABLE or now - ended.at > RESUMABLE_MS:
            return self._refuse(command, "only a sync that failed or was cancelled in 24 h")
        return await self._run(steps.resumed(latest, now))

    async def _run(self, sync: SyncCheckpoint, ended: tuple[Event, ...] = ()) -> Answer:
        await self.state.change(with_sync(sync))
        started = events.started(self.state.resource, sync)
        return Answer((*ended, started), SyncTask(self.state.resource, sync))

    async def _cancel(self, command: CancelSync) -> Answer:
        active, sync_id = self.state.running, command.sync_id
        if active and active.sync_id == sync_id and command.attempt in {0, active.attempt}:
            return Answer(await self._stop_sync(active, "cancelled on request"))
        request = self.state.open_request(sync_id)
        if request is not None:
            return await self._stop_request(request)
        return self._known(sync_id) or self._refuse(command, "this sync is not known")

    async def _stop_sync(self, active: SyncCheckpoint, reason: str) -> tuple[Event, ...]:
        await self.stop_task(active.sync_id)
        sync = self.state.checkpoint.sync or active
        if sync.ended is not None:
            # It ended at the same moment, and that end counts.
            return sync.end_events
        decision = events.ended(self.state.resource, sync, Outcome.CANCELLED, reason, self.now_ms())
        await self.state.change(with_decision(sync, decision))
        logger.info("HEMIS %s sync cancelled", self.state.resource, extra={"sync": sync.sync_id})
        return (decision,)

    async def _stop_request(self, request: FetchRecords) -> Answer:
        await self.stop_task(request.sync_id)
        if self.state.open_request(request.sync_id) is None:
            return self._known(request.sync_id) or Answer()
        decision = SyncFetched(
            sync_id=request.sync_id,
            resource=request.resource,
            at=self.now_ms(),
            attempt=1,
            outcome=Outcome.CANCELLED,
            reason="cancelled on request",
        )
        await self.state.change(without_request(decision))
        return Answer((decision,))

    async def _fetch(self, command: FetchRecords) -> Answer:
        known = self._known(command.sync_id)
        if known is not None:
            return known
        no_room = no_room_for_request(self.state.checkpoint, command)
        if no_room:
            return self._refuse(command, no_room)
        await self.state.change(with_request(command))
        return Answer((events.request_started(command),), command)

    async def _erase(self, command: EraseRecord) -> Answer:
        checkpoint = self.state.checkpoint
        if any(erasure.sync_id == command.sync_id for erasure in checkpoint.open_erasures):
            return Answer()
        no_room = no_room_for_erasure(checkpoint, command)
        if no_room:
            return Answer((events.erasure_refused(command, self.now_ms(), no_room),))
        # A repeated erasure changes nothing, and is reported again.
        await self.state.change(with_erasure(command))
        return Answer(task=command)

    def _known(self, sync_id: str) -> Answer | None:
        """Repeat what is known of a sync; None if the checkpoint does not know it."""
        checkpoint = self.state.checkpoint
        if checkpoint.sync and checkpoint.sync.sync_id == sync_id:
            return Answer(events.latest_events(checkpoint))
        request = self.state.open_request(sync_id)
        if request is not None:
            return Answer((events.request_started(request),))
        known = checkpoint.knows(sync_id)
        if known is not None:
            return Answer((ended_long_ago(checkpoint.resource, known, self.now_ms()),))
        return None

    def _refuse(
        self, command: FetcherCommand, reason: str, active_sync_id: str | None = None
    ) -> Answer:
        refusal = SyncRefused(
            sync_id=command.sync_id,
            resource=command.resource,
            at=self.now_ms(),
            active_sync_id=active_sync_id,
            reason=reason,
        )
        return Answer((refusal,))

"""Use case: accept or refuse a command. The checkpoint is written before anything is answered."""

import logging
from collections.abc import Mapping
from functools import partial

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
from libs.common.contracts.enums import Mode, Outcome
from libs.common.contracts.events import Event, SyncFetched
from libs.common.contracts.resources import Resource
from services.fetcher.checkpoints.bounds import (
    is_readable_size,
    no_room_for_erasure,
    no_room_for_request,
)
from services.fetcher.checkpoints.state import (
    with_decision,
    with_erasure,
    with_request,
    with_sync,
    without_request,
)
from services.fetcher.commands.answers import Answer, answer_to_known_sync, refused
from services.fetcher.commands.running import RunningTasks
from services.fetcher.context import ResourceContext
from services.fetcher.fetching.cursor import holds, settled_cursor
from services.fetcher.fetching.erase_person import not_erased
from services.fetcher.syncs import steps
from services.fetcher.syncs.plan import Plan, planned
from services.fetcher.syncs.steps import newest_of

logger = logging.getLogger(__name__)

_RESUMABLE = frozenset({Outcome.FAILED, Outcome.CANCELLED})


class Commands:
    """Answers commands; none of them waits for fetching. All raise as ``Outbox``."""

    def __init__(self, benches: Mapping[Resource, ResourceContext], work: RunningTasks) -> None:
        self._benches = benches
        self._work = work

    def accepts(self, command: FetcherCommand) -> bool:
        """Tell whether a command gets an answer; log why one does not."""
        if not is_readable_size(command):
            logger.error("HEMIS command is larger than gateway and loader send: ignored")
            return False
        if command.expires_at < self._benches[command.resource].clock.now_ms():
            # The gateway that sent it shows it as cancelled by now.
            logger.warning("HEMIS command has expired: ignored", extra={"sync": command.sync_id})
            return False
        return True

    async def answer(self, command: FetcherCommand) -> Answer:
        return await self._obey(command) if self.accepts(command) else Answer()

    async def _obey(self, command: FetcherCommand) -> Answer:
        bench = self._benches[command.resource]
        match command:
            case StartSync():
                return await self._start(bench, command)
            case ResumeSync():
                return await self._resume(bench, command)
            case CancelSync():
                return await self._cancel(bench, command)
            case FetchRecords():
                return await self._fetch(bench, command)
            case ConfirmMissing():
                return Answer(begin=partial(self._work.begin_confirming, command))
            case EraseRecord():
                return await self._erase(bench, command)

    async def _start(self, bench: ResourceContext, command: StartSync) -> Answer:
        known = answer_to_known_sync(bench.memory, command.sync_id, bench.clock.now_ms())
        if known is not None:
            return known
        active = bench.memory.running
        if active and command.supersedes != active.sync_id:
            return _refuse_beside(bench, command, active)
        ended: tuple[Event, ...] = ()
        if active:
            ended = await self._stop_sync(bench, active, f"superseded by {command.sync_id}")
        plan = await _plan(bench, command.mode)
        sync = steps.begun(command, plan, bench.clock.now_ms(), active)
        return await self._run(bench, sync, ended)

    async def _resume(self, bench: ResourceContext, command: ResumeSync) -> Answer:
        active = bench.memory.running
        if active and active.sync_id != command.sync_id:
            return _refuse_beside(bench, command, active)
        latest = bench.memory.checkpoint.sync
        if latest is None or latest.sync_id != command.sync_id:
            return _refuse(bench, command, "only the latest sync can be resumed")
        if active or command.attempt not in {0, latest.attempt + 1}:
            # Seen again, or late: the attempt it asks for has begun already.
            return Answer(newest_of(bench.memory.checkpoint))
        now = bench.clock.now_ms()
        if not _is_resumable(latest, now):
            return _refuse(bench, command, "only a sync that failed or was cancelled in 24 h")
        return await self._run(bench, steps.resumed(latest, now))

    async def _run(
        self, bench: ResourceContext, sync: SyncCheckpoint, ended: tuple[Event, ...] = ()
    ) -> Answer:
        await bench.memory.change(with_sync(sync))
        begin = partial(self._work.begin_sync, bench.resource, sync)
        return Answer((*ended, steps.started(bench.resource, sync)), begin)

    async def _cancel(self, bench: ResourceContext, command: CancelSync) -> Answer:
        active = bench.memory.running
        if active and _is_meant(command, active):
            return Answer(await self._stop_sync(bench, active, "cancelled on request"))
        request = bench.memory.open_request(command.sync_id)
        if request is not None:
            return await self._stop_request(bench, request)
        known = answer_to_known_sync(bench.memory, command.sync_id, bench.clock.now_ms())
        return known or _refuse(bench, command, "this sync is not known")

    async def _stop_sync(
        self, bench: ResourceContext, active: SyncCheckpoint, reason: str
    ) -> tuple[Event, ...]:
        await self._work.drop(active.sync_id)
        sync = bench.memory.checkpoint.sync or active
        if sync.ended is None:
            now = bench.clock.now_ms()
            decision = steps.ended(bench.resource, sync, Outcome.CANCELLED, reason, now)
            await bench.memory.change(with_decision(sync, decision))
            logger.info("HEMIS %s sync cancelled", bench.resource, extra={"sync": sync.sync_id})
            return (decision,)
        # It was decided in the same moment: that stands.
        return sync.end_events

    async def _stop_request(self, bench: ResourceContext, request: FetchRecords) -> Answer:
        await self._work.drop(request.sync_id)
        now = bench.clock.now_ms()
        if bench.memory.open_request(request.sync_id) is None:
            return answer_to_known_sync(bench.memory, request.sync_id, now) or Answer()
        decision = SyncFetched(
            sync_id=request.sync_id,
            resource=request.resource,
            at=now,
            attempt=1,
            outcome=Outcome.CANCELLED,
            reason="cancelled on request",
        )
        await bench.memory.change(without_request(decision))
        return Answer((decision,))

    async def _fetch(self, bench: ResourceContext, command: FetchRecords) -> Answer:
        known = answer_to_known_sync(bench.memory, command.sync_id, bench.clock.now_ms())
        if known is not None:
            return known
        no_room = no_room_for_request(bench.memory.checkpoint, command)
        if no_room:
            return _refuse(bench, command, no_room)
        await bench.memory.change(with_request(command))
        begin = partial(self._work.begin_request, command)
        return Answer((steps.request_started(command),), begin)

    async def _erase(self, bench: ResourceContext, command: EraseRecord) -> Answer:
        opened = bench.memory.checkpoint.open_erasures
        if any(erasure.sync_id == command.sync_id for erasure in opened):
            return Answer()
        no_room = no_room_for_erasure(bench.memory.checkpoint, command)
        if no_room:
            return Answer((not_erased(command, bench.clock.now_ms(), no_room),))
        # Done before or not: erasing once more changes nothing, and is told again.
        await bench.memory.change(with_erasure(command))
        return Answer(begin=partial(self._work.begin_erasing, command))


async def _plan(bench: ResourceContext, mode: Mode) -> Plan:
    full = bench.rules.scopes.full(bench.resource)
    # Also before a full sync: its own cursor would take the place of one that nobody looked at.
    cursor = await settled_cursor(bench)
    if mode is Mode.FULL:
        return Plan(mode, full)
    if cursor and not await holds(bench, cursor):
        cursor = None
    return planned(bench.resource, full, cursor)


def _is_meant(command: CancelSync, active: SyncCheckpoint) -> bool:
    return active.sync_id == command.sync_id and command.attempt in {0, active.attempt}


def _is_resumable(sync: SyncCheckpoint, now: int) -> bool:
    ended = sync.ended
    return bool(ended and ended.outcome in _RESUMABLE and now - ended.at <= RESUMABLE_MS)


def _refuse(bench: ResourceContext, command: FetcherCommand, reason: str) -> Answer:
    return refused(command, bench.clock.now_ms(), reason)


def _refuse_beside(
    bench: ResourceContext, command: FetcherCommand, active: SyncCheckpoint
) -> Answer:
    reason = f"sync {active.sync_id} is running"
    return refused(command, bench.clock.now_ms(), reason, active.sync_id)

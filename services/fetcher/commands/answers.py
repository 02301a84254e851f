"""The answer to a command: the events to publish, and the task that begins after them. Values."""

from dataclasses import dataclass

from libs.common.contracts.checkpoints import KnownSync, SyncCheckpoint
from libs.common.contracts.commands import (
    ConfirmMissing,
    EraseRecord,
    FetcherCommand,
    FetchRecords,
)
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, SyncFetched, SyncRefused
from libs.common.contracts.resources import Resource
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.syncs.events import latest_events, request_started

LONG_AGO = "It ended earlier; its numbers are no longer remembered"


@dataclass(frozen=True, slots=True)
class SyncTask:
    """Run this sync from its checkpoint."""

    resource: Resource
    sync: SyncCheckpoint

    @property
    def sync_id(self) -> str:
        return self.sync.sync_id


Task = SyncTask | FetchRecords | ConfirmMissing | EraseRecord


@dataclass(frozen=True, slots=True)
class Answer:
    events: tuple[Event, ...] = ()
    task: Task | None = None


def refused(
    command: FetcherCommand, at: int, reason: str, active_sync_id: str | None = None
) -> Answer:
    refusal = SyncRefused(
        sync_id=command.sync_id,
        resource=command.resource,
        at=at,
        active_sync_id=active_sync_id,
        reason=reason,
    )
    return Answer((refusal,))


def answer_to_known_sync(state: CheckpointState, sync_id: str, at: int) -> Answer | None:
    """Repeat what is known of a sync; None if the checkpoint does not know it."""
    checkpoint = state.checkpoint
    if checkpoint.sync and checkpoint.sync.sync_id == sync_id:
        return Answer(latest_events(checkpoint))
    request = state.open_request(sync_id)
    if request is not None:
        return Answer((request_started(request),))
    known = checkpoint.knows(sync_id)
    return Answer((ended_long_ago(checkpoint.resource, known, at),)) if known else None


def ended_long_ago(resource: Resource, known: KnownSync, at: int) -> SyncFetched:
    """Return the end of a sync whose counts are forgotten, and which is therefore not complete."""
    return SyncFetched(
        sync_id=known.sync_id,
        resource=resource,
        at=known.at or at,
        attempt=known.attempt,
        outcome=known.outcome,
        reason=LONG_AGO,
        complete=False,
        doubt=LONG_AGO if known.outcome is Outcome.COMPLETED else "",
    )

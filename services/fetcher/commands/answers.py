"""The answer to a command: the events to publish, and the task that begins after them. Values."""

from dataclasses import dataclass

from libs.common.contracts.checkpoints import KnownSync, SyncCheckpoint
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, FetchRecords
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, SyncFetched
from libs.common.contracts.resources import Resource

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

"""What is answered to a command, and what begins once the answer is out. Values only."""

from collections.abc import Callable
from dataclasses import dataclass

from libs.common.contracts.checkpoints import KnownSync
from libs.common.contracts.commands import FetcherCommand
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import Event, SyncFetched, SyncRefused
from libs.common.contracts.resources import Resource
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.syncs import steps
from services.fetcher.syncs.steps import newest_of

LONG_AGO = "It ended earlier; its numbers are no longer remembered"


def _nothing() -> None:
    """Begin nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    events: tuple[Event, ...] = ()
    begin: Callable[[], None] = _nothing


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


def answer_to_known_sync(memory: CheckpointState, sync_id: str, at: int) -> Answer | None:
    """Say again what is known of a sync; None where it was never heard of."""
    checkpoint = memory.checkpoint
    if checkpoint.sync and checkpoint.sync.sync_id == sync_id:
        return Answer(newest_of(checkpoint))
    request = memory.open_request(sync_id)
    if request is not None:
        return Answer((steps.request_started(request),))
    known = checkpoint.knows(sync_id)
    return Answer((ended(checkpoint.resource, known, at),)) if known else None


def ended(resource: Resource, known: KnownSync, at: int) -> SyncFetched:
    """Return the end of a sync whose numbers are forgotten, and which is therefore not complete."""
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

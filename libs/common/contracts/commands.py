"""Commands: requests with one handler, on ``<prefix>.commands``, keyed by resource."""

import uuid
from typing import Any

import msgspec

from libs.common.contracts.codec import Codec, Count, Milliseconds, SyncId
from libs.common.contracts.enums import Mode, Trigger
from libs.common.contracts.resources import Resource

COMMAND_LIFETIME_MS = 3_600_000
RESUMABLE_MS = 24 * 3_600_000
"""How long after its end a failed or cancelled sync can be resumed."""


def command_fields(
    resource: Resource, sync_id: str, issued_at: int, requested_by: str | None = None
) -> dict[str, Any]:
    """Return the fields that every new command has; ``issued_at`` in unix milliseconds."""
    return {
        "command_id": str(uuid.uuid4()),
        "resource": resource,
        "sync_id": sync_id,
        "issued_at": issued_at,
        "expires_at": issued_at + COMMAND_LIFETIME_MS,
        "requested_by": requested_by,
    }


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    command_id: str
    resource: Resource
    sync_id: SyncId
    issued_at: Milliseconds
    """Unix milliseconds, like every time in commands and events."""
    expires_at: Milliseconds
    requested_by: str | None = None
    """Name of the API key, never the key."""
    version: Count = 1


class StartSync(_Command, frozen=True, kw_only=True):
    mode: Mode = Mode.FULL
    trigger: Trigger = Trigger.MANUAL
    tick_at: Milliseconds | None = None
    """The tick of the schedule that requested it."""
    supersedes: SyncId | None = None
    fingerprint: str = ""
    """Hash of the request under an ``Idempotency-Key``; empty without a key."""


class ResumeSync(_Command, frozen=True, kw_only=True):
    attempt: Count = 0
    """The attempt to start, so that a repeated command never starts a later one; 0 is any."""


class CancelSync(_Command, frozen=True, kw_only=True):
    attempt: Count = 0
    """The attempt to stop, so that a repeated command never stops a later one; 0 is any."""


class WantedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One person, named by either identifier, or by both if they agree."""

    hemis_id: int | None = None
    id_number: str | None = None


class FetchRecords(_Command, frozen=True, kw_only=True):
    records: tuple[WantedRecord, ...]
    trigger: Trigger = Trigger.MANUAL
    dead_letter_id: str = ""
    """With trigger ``retry``: the dead letter whose record is fetched again."""
    retry: Count = 0
    """How often that record was retried, this retry included."""
    fingerprint: str = ""
    """Hash of the request under an ``Idempotency-Key``; empty without a key."""


class MissingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A key in the tables that a complete sync did not see."""

    key: str
    id_number: str
    """Empty if unknown: then HEMIS cannot be searched, and the answer is undecided."""
    tombstone: bool = False
    """Whether a definite "not found" also gets a tombstone."""


class ConfirmMissing(_Command, frozen=True, kw_only=True):
    """Search HEMIS for each record; repeated until each is answered (``MissingConfirmed``)."""

    records: tuple[MissingRecord, ...]


class EraseRecord(_Command, frozen=True, kw_only=True):
    """Erase one person from the topics and never fetch them again; ``sync_id`` is the erasure's id.

    Named by one of the two: the other is empty.
    """

    key: str
    """``hemis_id`` in decimal; of an employee all positions are erased."""
    id_number: str = ""
    """Looked up in the record topic."""


class ApproveRemovals(_Command, frozen=True, kw_only=True):
    """Start the held removals of a sync."""


class DiscardRemovals(_Command, frozen=True, kw_only=True):
    """Keep the rows whose removal is held."""


class ResumeLoading(_Command, frozen=True, kw_only=True):
    """Resume loading that a sync paused, whatever it rejected."""


FetcherCommand = StartSync | ResumeSync | CancelSync | FetchRecords | ConfirmMissing | EraseRecord
LoaderCommand = ApproveRemovals | DiscardRemovals | ResumeLoading
Command = FetcherCommand | LoaderCommand

COMMANDS: Codec[Command] = Codec(Command)

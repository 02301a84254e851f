"""Commands: requests with one handler, on ``<prefix>.commands``, keyed by resource."""

import uuid
from typing import Any

import msgspec

from libs.common.contracts.bounds import Count, Milliseconds, SyncId
from libs.common.contracts.codec import Codec
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
    """Unix milliseconds, as every time in commands and events."""
    expires_at: Milliseconds
    requested_by: str | None = None
    """Name of the API key, never the key."""
    version: Count = 1


class StartSync(_Command, frozen=True, kw_only=True):
    mode: Mode = Mode.FULL
    trigger: Trigger = Trigger.MANUAL
    tick_at: Milliseconds | None = None
    """The schedule's tick that asked for it."""
    supersedes: SyncId | None = None
    fingerprint: str = ""
    """Of what was asked for under an ``Idempotency-Key``; empty without one."""


class ResumeSync(_Command, frozen=True, kw_only=True):
    attempt: Count = 0
    """The attempt it asks for, so that a repeated command never begins a later one; 0 is any."""


class CancelSync(_Command, frozen=True, kw_only=True):
    attempt: Count = 0
    """The attempt it stops, so that a repeated command never stops a later one; 0 stops any."""


class WantedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One person, named by either identifier or both (both must then agree)."""

    hemis_id: int | None = None
    id_number: str | None = None


class FetchRecords(_Command, frozen=True, kw_only=True):
    records: tuple[WantedRecord, ...]
    trigger: Trigger = Trigger.MANUAL
    dead_letter_id: str = ""
    """With trigger ``retry``: whose record it is."""
    retry: Count = 0
    """How often that record was retried, this time included."""
    fingerprint: str = ""
    """Of what was asked for under an ``Idempotency-Key``; empty without one."""


class MissingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A key of ours that a complete sync did not see."""

    key: str
    id_number: str
    """Empty where none is known: then HEMIS cannot be asked, and nothing is definite."""
    tombstone: bool = False
    """Whether a definite "not found" becomes a tombstone; otherwise it is only answered."""


class ConfirmMissing(_Command, frozen=True, kw_only=True):
    """Ask HEMIS for each; repeated by the loader until each is answered (``MissingConfirmed``)."""

    records: tuple[MissingRecord, ...]


class EraseRecord(_Command, frozen=True, kw_only=True):
    """Erase one person from the topics, and never fetch them again; ``sync_id`` names the erasure.

    Named by one of the two: the other is empty.
    """

    key: str
    """``hemis_id`` in decimal, of an employee too: all positions go."""
    id_number: str = ""
    """Looked up in our own topic."""


class ApproveRemovals(_Command, frozen=True, kw_only=True):
    """Go on with the removals of a sync that are held."""


class DiscardRemovals(_Command, frozen=True, kw_only=True):
    """Keep the rows whose removal is held."""


class ResumeLoading(_Command, frozen=True, kw_only=True):
    """Let a sync that paused its topic go on, whatever its rejects."""


FetcherCommand = StartSync | ResumeSync | CancelSync | FetchRecords | ConfirmMissing | EraseRecord
LoaderCommand = ApproveRemovals | DiscardRemovals | ResumeLoading
Command = FetcherCommand | LoaderCommand

COMMANDS: Codec[Command] = Codec(Command)

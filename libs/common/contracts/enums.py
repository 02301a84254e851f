"""Words that commands, events and checkpoints share."""

from enum import StrEnum


class Mode(StrEnum):
    FULL = "full"
    INCREMENTAL = "incremental"


class Kind(StrEnum):
    """A sync over a whole resource, or of single records only."""

    FULL = "full"
    SINGLE = "single"


class Trigger(StrEnum):
    MANUAL = "manual"
    SCHEDULE = "schedule"
    RESUME = "resume"
    RETRY = "retry"
    HEAL = "heal"


class Outcome(StrEnum):
    """How fetching ended. All but ``completed`` are final; the loader completes that one."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_FOUND = "not_found"
    MISMATCH = "mismatch"


class FieldChange(StrEnum):
    """What is new about the fields of a list's items."""

    UNKNOWN = "unknown fields"
    """This version of hemis-sync has no column for them; reported by the loader after each sync."""
    ADDED = "added"
    """New since the last complete full sync; the fetcher reports it once, like the next two."""
    DROPPED = "dropped"
    RETYPED = "retyped"


NOTABLE_CHANGES = (FieldChange.ADDED, FieldChange.DROPPED, FieldChange.RETYPED)
"""Changes that a person should check once; unknown fields are reported after every sync."""


class RemovalState(StrEnum):
    """What happens to the rows that a complete sync did not see."""

    HELD = "held"
    """More than the limit: a person approves or discards."""
    ASKING = "asking"
    DONE = "done"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    """A later complete sync, or a new database, has replaced it."""

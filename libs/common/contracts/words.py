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


class RemovalState(StrEnum):
    """What becomes of the rows that a complete sync did not see."""

    HELD = "held"
    """More than the limit: a person approves or discards."""
    ASKING = "asking"
    DONE = "done"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    """A later complete sync, or a new database, has the word now."""

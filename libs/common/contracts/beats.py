"""Beats: each process says every five seconds that it is there, on ``<prefix>.services``."""

import msgspec

BEAT_SECONDS = 5.0

ACTIVE = "active"
STANDBY = "standby"


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of life; the message's key is ``instance``, and null means stopped gracefully."""

    instance: str
    service: str
    version: str
    state: str
    """``active``, ``standby`` or ``waiting``."""
    at: int
    """Unix milliseconds."""
    checks: dict[str, str]
    """Dependency → ``ok`` or what is wrong with it."""


def decode_beat(value: bytes) -> Beat:
    """Read one beat.

    Raises:
        msgspec.MsgspecError: the bytes are no beat.
    """
    return msgspec.json.decode(value, type=Beat)

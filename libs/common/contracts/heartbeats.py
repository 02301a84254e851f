"""Beats: each process says every five seconds that it is there, on ``<prefix>.services``."""

import msgspec

from libs.common.contracts.bounds import Milliseconds
from libs.common.contracts.codec import decode_as

BEAT_SECONDS = 5.0

ACTIVE = "active"
STANDBY = "standby"
ENDED = "ended"

RIGHT = "ok"
SERVICE_ENDED = "service_ended"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a process found when it looked at one thing it needs; no secret, nobody's values."""

    subject: str
    """What was looked at, in words: ``HEMIS token``."""
    code: str = RIGHT
    """``ok``, or what is wrong: stable, for programs and the runbook."""
    detail: str = ""
    advice: str = ""
    """What a person can do about it."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of life; the message's key is ``instance``, and null means stopped gracefully."""

    instance: str
    service: str
    version: str
    state: str
    """``active``, ``standby`` or ``waiting``; ``ended`` in the last beat of one that failed."""
    at: Milliseconds
    checks: dict[str, str]
    """Dependency → ``ok`` or what is wrong with it."""
    findings: tuple[Finding, ...] = ()


def decode_beat(value: bytes) -> Beat:
    """Read one beat.

    Raises:
        MalformedMessage: the bytes are no beat.
    """
    return decode_as(Beat, value)

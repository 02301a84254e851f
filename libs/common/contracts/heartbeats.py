"""Heartbeats: each process publishes one every five seconds, on ``<prefix>.services``."""

import msgspec

from libs.common.contracts.codec import Milliseconds

BEAT_SECONDS = 5.0

ACTIVE = "active"
STANDBY = "standby"
ENDED = "ended"

HEALTHY = "ok"
SERVICE_ENDED = "service_ended"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of one health check; it holds no secret and no personal data."""

    subject: str
    """What was checked, in words: ``HEMIS token``."""
    code: str = HEALTHY
    """``ok``, or what is wrong; stable, for programs and the runbook."""
    detail: str = ""
    advice: str = ""
    """What a person can do about it."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A process's sign of life, under the key ``instance``; null means a graceful stop."""

    instance: str
    service: str
    version: str
    state: str
    """``active``, ``standby`` or ``waiting``; ``ended`` in the last one of a failed process."""
    at: Milliseconds
    checks: dict[str, str]
    """Dependency → ``ok`` or what is wrong with it."""
    findings: tuple[Finding, ...] = ()

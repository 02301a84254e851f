"""Findings about the dependencies of a process, which its heartbeats carry."""

from libs.common.contracts.heartbeats import HEALTHY, Finding

_TOLERATED_SECONDS = 30.0


class Findings:
    """The newest finding of each subject, in the order of their first checks."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}

    def note(self, *findings: Finding) -> None:
        self._found |= {finding.subject: finding for finding in findings}

    def forget(self, subject: str) -> None:
        """Drop the finding of a subject that cannot be checked now."""
        self._found.pop(subject, None)

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())

    def all_healthy(self) -> bool:
        return all(finding.code == HEALTHY for finding in self._found.values())


def clock_finding(other: str, ahead_seconds: float) -> Finding:
    """Report a clock that is more than 30 s ahead of ours, or behind it (a negative number)."""
    subject = f"clock, {other}"
    if abs(ahead_seconds) <= _TOLERATED_SECONDS:
        return Finding(subject=subject)
    side = "ahead of" if ahead_seconds > 0 else "behind"
    return Finding(
        subject=subject,
        code="clock_differs",
        detail=f"The clock of {other} is {abs(ahead_seconds):.0f} s {side} this machine's",
        advice="find out which of the two is wrong (timedatectl), and set it with NTP",
    )

"""What a process has found out about the things it needs; carried by its beats."""

from libs.common.contracts.heartbeats import RIGHT, Finding

_WORTH_NAMING_SECONDS = 30.0


class Findings:
    """The newest finding of each subject, in the order in which they were first looked at."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}

    def note(self, *findings: Finding) -> None:
        self._found |= {finding.subject: finding for finding in findings}

    def forget(self, subject: str) -> None:
        """Drop what can no longer be known."""
        self._found.pop(subject, None)

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())

    def all_right(self) -> bool:
        return all(finding.code == RIGHT for finding in self._found.values())


def clock_finding(other: str, ahead_seconds: float) -> Finding:
    """Judge by how much the clock of another system is ahead of ours (behind: less than 0)."""
    subject = f"clock, {other}"
    if abs(ahead_seconds) <= _WORTH_NAMING_SECONDS:
        return Finding(subject=subject)
    side = "ahead of" if ahead_seconds > 0 else "behind"
    return Finding(
        subject=subject,
        code="clock_differs",
        detail=f"The clock of {other} is {abs(ahead_seconds):.0f} s {side} this machine's",
        advice="see which of the two is wrong (timedatectl), and let it be set by NTP",
    )

"""The findings of the whole system: the gateway's own and those of the heartbeats. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from libs.common.contracts.heartbeats import ENDED, HEALTHY, Beat, Finding
from libs.common.contracts.times import moment
from libs.common.process.findings import clock_finding
from services.gateway.projection.heartbeats import ReceivedBeat
from services.gateway.views.liveness import FETCHER, LOADER


class ServiceFinding(NamedTuple):
    """One finding, and the process it is about."""

    service: str
    instance: str
    finding: Finding


_CODES: Mapping[str, tuple[str, str, str]] = {
    "kafka": ("Kafka", "kafka_away", "check KAFKA_BOOTSTRAP_SERVERS, then whether Kafka runs"),
    "postgresql": ("database", "database_away", "check DATABASE_URL, then whether PostgreSQL runs"),
    "topics_read": ("topics read", "topics_unread", "wait: the gateway has just started"),
    "hemis": ("HEMIS", "hemis_away", "check HEMIS_API_URL, then whether HEMIS answers"),
}
_KAFKA = "kafka"
_LOADING = "loading "
_DISK_FULL = "53100"
_NOT_SEEN = "service_not_seen"
# In a state, these show that Kafka was reached: an error of the broker, or no confirmation.
_REACHED = ("[Error ", "no answer")
_BROKER_ADVICE = "check whether all brokers of Kafka run, then the log of Kafka"
# With one of these the gateway receives no heartbeats, so it cannot judge other services.
_NO_HEARTBEATS = {"kafka_away", "topics_unread"}


def diagnose(
    own: Sequence[ServiceFinding], heartbeats: Iterable[ReceivedBeat], now: int
) -> list[ServiceFinding]:
    """Return the gateway's own findings, then those of the other services."""
    findings = list(own)
    if any(one.finding.code in _NO_HEARTBEATS for one in own):
        return findings
    received = list(heartbeats)
    for service in (FETCHER, LOADER):
        of_service = [one for one in received if one.beat.service == service]
        findings += _of_service(service, of_service, now)
    if any(one.finding.subject == _KAFKA and one.finding.code != HEALTHY for one in own):
        # A gateway that may not read the heartbeats cannot say that there are none.
        return [one for one in findings if one.finding.code != _NOT_SEEN]
    return findings


def dependency_findings(states: Mapping[str, str], named: Iterable[Finding] = ()) -> list[Finding]:
    """Turn every state of readiness into a finding, so that both agree.

    A dependency with a setup fault already has a finding in ``named``, and gets no second one.
    """
    known = {finding.subject for finding in named if finding.code != HEALTHY}
    return [_of_dependency(name, state) for name, state in states.items() if name not in known]


def _of_dependency(name: str, state: str) -> Finding:
    subject, code, advice = _words_for(name)
    if state == HEALTHY:
        return Finding(subject=subject)
    if name == _KAFKA and any(sign in state for sign in _REACHED):
        advice = _BROKER_ADVICE
    if code == "database_away" and _DISK_FULL in state:
        code, advice = "database_disk_full", "free space on PostgreSQL's disk"
    return Finding(subject=subject, code=code, detail=f"{subject}: {state}", advice=advice)


def _words_for(name: str) -> tuple[str, str, str]:
    if not name.startswith(_LOADING):
        return _CODES.get(name, (name, "not_ready", "check the log of the service"))
    resource = name.rpartition(".")[2]
    resume = f"POST /api/hemis/loading/{resource}/resume"
    return name, "loading_paused", f"check the dead letters, then resume loading: {resume}"


def _of_service(service: str, received: list[ReceivedBeat], now: int) -> Iterator[ServiceFinding]:
    newest = max(received, key=lambda one: one.at, default=None)
    shown = [one for one in received if one.is_alive(now)]
    if not shown and newest is not None and newest.beat.state == ENDED:
        shown = [newest]
    for one in shown:
        yield from _of_beat(one.beat, now)
    if not shown:
        yield ServiceFinding(service, "", _not_seen(service, newest))


def _of_beat(beat: Beat, now: int) -> list[ServiceFinding]:
    running = [Finding(subject="running", detail=beat.state)] if beat.state != ENDED else []
    # Only a clock that is ahead: one that is behind is among the service's own findings.
    clock = clock_finding(f"the {beat.service}", max(0, beat.at - now) / 1000)
    dependencies = dependency_findings(beat.checks, beat.findings)
    findings = (*running, *dependencies, *beat.findings, clock)
    return [ServiceFinding(beat.service, beat.instance, finding) for finding in findings]


def _not_seen(service: str, newest: ReceivedBeat | None) -> Finding:
    since = f"since {moment(newest.at):%Y-%m-%d %H:%M:%S} UTC" if newest is not None else "ever"
    return Finding(
        subject="running",
        code=_NOT_SEEN,
        detail=f"No sign of life from the {service} {since}",
        advice=(
            "check whether it runs, then the end of its log; if it ended with exit code 78, a"
            " setting is wrong, and the log names it; if it runs, it cannot reach Kafka"
        ),
    )

"""What is wrong with the whole system, from what every process found out about itself. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from libs.common.contracts.heartbeats import ENDED, RIGHT, Beat, Finding
from libs.common.contracts.times import moment
from libs.common.process.findings import clock_finding
from services.gateway.views.liveness import FETCHER, LOADER, SILENT_AFTER_MS


class Examined(NamedTuple):
    """One finding, and whose it is."""

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
# Signs that Kafka was reached: an error number of the broker, or a message it did not confirm.
_REACHED = ("[Error ", "no answer")
_BROKERS = "see whether all brokers of Kafka run, and what its log says"
# With one of these the gateway hears no other service, so it says nothing about them.
_HEARS_NOBODY = {"kafka_away", "topics_unread"}


def diagnose(own: Sequence[Examined], beats: Iterable[Beat], now: int) -> list[Examined]:
    """Give own findings first, then those of the other services that can be heard."""
    findings = list(own)
    if any(one.finding.code in _HEARS_NOBODY for one in own):
        return findings
    heard = list(beats)
    for service in (FETCHER, LOADER):
        findings += _of_service(service, [beat for beat in heard if beat.service == service], now)
    if any(one.finding.subject == _KAFKA and one.finding.code != RIGHT for one in own):
        # A gateway that may not read the beats cannot say that there are none.
        return [one for one in findings if one.finding.code != _NOT_SEEN]
    return findings


def dependency_findings(states: Mapping[str, str], named: Iterable[Finding] = ()) -> list[Finding]:
    """Turn every state that readiness looks at into a finding, so that both say the same.

    A dependency with a fault of the set-up is in ``named`` under its own name, and is not away.
    """
    known = {finding.subject for finding in named if finding.code != RIGHT}
    return [_of_dependency(name, state) for name, state in states.items() if name not in known]


def _of_dependency(name: str, state: str) -> Finding:
    subject, code, advice = _words_for(name)
    if state == RIGHT:
        return Finding(subject=subject)
    if name == _KAFKA and any(sign in state for sign in _REACHED):
        advice = _BROKERS
    if code == "database_away" and _DISK_FULL in state:
        code, advice = "database_disk_full", "free space on PostgreSQL's disk"
    return Finding(subject=subject, code=code, detail=f"{subject}: {state}", advice=advice)


def _words_for(name: str) -> tuple[str, str, str]:
    if not name.startswith(_LOADING):
        return _CODES.get(name, (name, "not_ready", "see the log of the service"))
    resource = name.rpartition(".")[2]
    resume = f"POST /api/hemis/loading/{resource}/resume"
    return name, "loading_paused", f"look at the dead letters; {resume} lets loading go on"


def _of_service(service: str, beats: list[Beat], now: int) -> Iterator[Examined]:
    newest = max(beats, key=lambda beat: beat.at, default=None)
    living = [b for b in beats if b.state != ENDED and now - b.at <= SILENT_AFTER_MS]
    if not living and newest is not None and newest.state == ENDED:
        living = [newest]
    for beat in living:
        yield from _of_beat(beat, now)
    if not living:
        yield Examined(service, "", _not_seen(service, newest))


def _of_beat(beat: Beat, now: int) -> Iterator[Examined]:
    if beat.state != ENDED:
        yield _examined(beat, Finding(subject="running", detail=beat.state))
    for finding in dependency_findings(beat.checks, beat.findings):
        yield _examined(beat, finding)
    for finding in beat.findings:
        yield _examined(beat, finding)
    # A clock that is behind makes a service look silent; its own findings name that.
    yield _examined(beat, clock_finding(f"the {beat.service}", max(0, beat.at - now) / 1000))


def _examined(beat: Beat, finding: Finding) -> Examined:
    return Examined(beat.service, beat.instance, finding)


def _not_seen(service: str, newest: Beat | None) -> Finding:
    since = f"since {moment(newest.at):%Y-%m-%d %H:%M:%S} UTC" if newest is not None else "ever"
    return Finding(
        subject="running",
        code=_NOT_SEEN,
        detail=f"No sign of life from the {service} {since}",
        advice=(
            "see whether it runs, and the end of its log; if it ended with exit code 78, a setting"
            " is wrong, and the log names it; if it runs, it cannot reach Kafka"
        ),
    )

"""The findings that follow from the heartbeats, and their codes."""

import pytest
from msgspec.structs import replace

from libs.common.contracts.heartbeats import ENDED, Beat, Finding
from libs.common.process.readiness import NOT_YET
from services.gateway.diagnosis import ServiceFinding, dependency_findings, diagnose
from services.gateway.projection.heartbeats import ReceivedBeat

NOW = 1_700_000_000_000
TOKEN = Finding(subject="HEMIS token", code="hemis_token_refused", detail="HTTP 401", advice="ask")


def beat(
    service: str, *findings: Finding, at: int = NOW, state: str = "active", **checks: str
) -> Beat:
    return Beat(
        instance=f"{service}-1",
        service=service,
        version="1",
        state=state,
        at=at,
        checks={"kafka": "ok", **checks},
        findings=findings,
    )


def received(*beats: Beat) -> list[ReceivedBeat]:
    return [ReceivedBeat(one, one.at) for one in beats]


def wrong(*beats: Beat, own: tuple[ServiceFinding, ...] = ()) -> list[tuple[str, str]]:
    found = diagnose(own, received(*beats), NOW)
    return [(one.service, one.finding.code) for one in found if one.finding.code != "ok"]


def test_without_problems_there_is_no_finding() -> None:
    assert wrong(beat("fetcher"), beat("loader", postgresql="ok")) == []


def test_a_finding_of_a_beat_is_shown_as_its_own() -> None:
    assert wrong(beat("fetcher", TOKEN), beat("loader")) == [("fetcher", "hemis_token_refused")]


def test_a_database_that_is_away_is_named() -> None:
    found = wrong(beat("fetcher"), beat("loader", postgresql="ConnectionRefusedError"))

    assert found == [("loader", "database_away")]


def test_a_full_disk_is_no_outage() -> None:
    found = wrong(beat("fetcher"), beat("loader", postgresql="DiskFullError (SQLSTATE 53100)"))

    assert found == [("loader", "database_disk_full")]


def test_a_service_without_beats_is_not_seen() -> None:
    found = wrong(beat("loader"), beat("fetcher", at=NOW - 20_001))

    assert found == [("fetcher", "service_not_seen")]


def test_only_living_instances_have_findings() -> None:
    old = beat("fetcher", TOKEN, at=NOW - 60_000)

    assert wrong(old, beat("fetcher"), beat("loader")) == []


def test_the_failure_report_of_a_service_is_shown_long_after_its_end() -> None:
    rights = Finding(subject="database rights", code="database_rights_missing")
    found = wrong(beat("fetcher"), beat("loader", rights, at=NOW - 10**8, state=ENDED))

    assert found == [("loader", "database_rights_missing")]


def test_a_failure_report_is_hidden_while_another_instance_lives() -> None:
    rights = Finding(subject="database rights", code="database_rights_missing")
    ended = beat("loader", rights, at=NOW - 10_000, state=ENDED)

    assert wrong(beat("fetcher"), ended, beat("loader")) == []


def test_without_kafka_no_other_service_is_judged() -> None:
    (kafka,) = dependency_findings({"kafka": "KafkaConnectionError"})

    assert wrong(own=(ServiceFinding("gateway", "", kafka),)) == [("gateway", "kafka_away")]


def test_a_gateway_without_rights_on_kafka_does_not_judge_the_others() -> None:
    rights = ServiceFinding("gateway", "", Finding(subject="kafka", code="kafka_not_authorized"))

    assert wrong(beat("fetcher", TOKEN), own=(rights,)) == [
        ("gateway", "kafka_not_authorized"),
        ("fetcher", "hemis_token_refused"),
    ]


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("KafkaConnectionError: Unable to bootstrap", "check KAFKA_BOOTSTRAP_SERVERS"),
        ("no answer", "check whether all brokers of Kafka run"),
        ("UnknownTopicOrPartitionError: [Error 3] …", "check whether all brokers of Kafka run"),
    ],
)
def test_the_advice_on_a_kafka_that_was_reached_is_not_its_address(state: str, advice: str) -> None:
    (finding,) = dependency_findings({"kafka": state})

    assert finding.code == "kafka_away"
    assert finding.advice.startswith(advice)


def test_a_clock_that_is_ahead_of_the_gateways_is_named() -> None:
    ahead = beat("loader", at=NOW + 31_000)

    assert wrong(beat("fetcher"), ahead) == [("loader", "clock_differs")]


def test_a_fault_of_the_set_up_is_named_instead_of_an_outage() -> None:
    fault = Finding(subject="postgresql", code="database_rights", detail="no TEMP", advice="grant")

    found = wrong(beat("fetcher"), beat("loader", fault, postgresql="no TEMP: grant"))

    assert found == [("loader", "database_rights")]


def test_a_service_that_has_just_started_is_not_called_healthy() -> None:
    assert wrong(beat("fetcher"), beat("loader", postgresql=NOT_YET)) == [
        ("loader", "database_away")
    ]


def test_a_gateway_that_still_reads_the_topics_judges_no_service() -> None:
    (unread,) = dependency_findings({"topics_read": NOT_YET})

    assert wrong(own=(ServiceFinding("gateway", "", unread),)) == [("gateway", "topics_unread")]


def test_paused_loading_is_named_with_the_call_that_resumes_it() -> None:
    paused = {"loading hemis.students": "paused: too many records of a sync were rejected"}

    found = diagnose((), received(beat("fetcher"), replace(beat("loader"), checks=paused)), NOW)
    (finding,) = (one.finding for one in found if one.finding.code == "loading_paused")

    assert "POST /api/hemis/loading/students/resume" in finding.advice

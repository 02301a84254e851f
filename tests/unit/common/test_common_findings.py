"""What is right and what is not: clocks and topics, by table."""

from dataclasses import replace

import pytest

from libs.common.contracts.beats import Finding, decode_beat
from libs.common.contracts.topics import Topic, Topics
from libs.common.findings import Findings, clock_finding
from libs.common.kafka.examine import TopicExaminer, topics_finding
from libs.common.kafka.memory import InMemoryBroker

WANTED = {topic.name: topic for topic in Topics().all()}
PROGRESS = WANTED["hemis.progress"]
STUDENTS = WANTED["hemis.students"]


def changed(topic: Topic, **config: str) -> dict[str, Topic]:
    names = {name.replace("_", "."): value for name, value in config.items()}
    return {**WANTED, topic.name: replace(topic, config={**topic.config, **names})}


@pytest.mark.parametrize(
    ("ahead", "code"), [(0, "ok"), (-30, "ok"), (31, "clock_differs"), (-90, "clock_differs")]
)
def test_clocks_may_differ_by_half_a_minute(ahead: float, code: str) -> None:
    assert clock_finding("HEMIS", ahead).code == code


def test_a_clock_that_differs_says_whose_and_to_which_side() -> None:
    assert "clock of HEMIS is 90 s behind" in clock_finding("HEMIS", -90).detail


@pytest.mark.parametrize(
    ("there", "code"),
    [
        (WANTED, "ok"),
        ({name: WANTED[name] for name in WANTED.keys() - {"hemis.progress"}}, "topic_missing"),
        ({**WANTED, STUDENTS.name: replace(STUDENTS, partitions=3)}, "topic_partitions"),
        (changed(STUDENTS, cleanup_policy="delete"), "topic_cleanup_policy"),
        (changed(STUDENTS, cleanup_policy="compact,delete"), "topic_cleanup_policy"),
        (changed(PROGRESS, retention_ms="3600000"), "topic_retention"),
        (changed(PROGRESS, retention_ms="-1"), "ok"),
        (changed(PROGRESS, retention_ms=str(10**12)), "ok"),
        (changed(WANTED["hemis.dead-letters"], cleanup_policy="delete,compact"), "ok"),
    ],
)
def test_topics_are_judged_by_what_would_lose_records(there: dict[str, Topic], code: str) -> None:
    assert topics_finding(WANTED.values(), there).code == code


def test_a_wrong_topic_comes_with_the_command_that_mends_it() -> None:
    finding = topics_finding(WANTED.values(), changed(STUDENTS, cleanup_policy="delete"))

    assert "hemis.students has cleanup.policy=delete, expected is compact" in finding.detail
    assert "--topic hemis.students --add-config cleanup.policy=[compact]" in finding.advice


async def test_the_topics_of_a_broker_are_as_they_were_made() -> None:
    broker, findings = InMemoryBroker(), Findings()
    await broker.ensure_topics(WANTED.values(), 1)

    await TopicExaminer(broker, tuple(WANTED.values()), findings).look()

    assert findings.all_right()


def test_the_newest_finding_of_a_subject_counts() -> None:
    findings = Findings()

    findings.note(Finding(subject="token", code="refused"), Finding(subject="lists"))
    findings.note(Finding(subject="token"))

    assert [finding.code for finding in findings.all()] == ["ok", "ok"]


def test_a_beat_of_an_earlier_version_has_no_findings() -> None:
    beat = b'{"instance":"a","service":"loader","version":"1","state":"active","at":1,"checks":{}}'

    assert decode_beat(beat).findings == ()

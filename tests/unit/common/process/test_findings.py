"""What is right and what is not: clocks and topics, by table."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from typing_extensions import override

from libs.common.contracts.heartbeats import Finding, decode_beat
from libs.common.contracts.topics import Topics
from libs.common.kafka.admin import found_as_made
from libs.common.kafka.errors import KafkaFault
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import FoundTopic
from libs.common.kafka.topic_checks import TopicChecks, topics_finding
from libs.common.process.findings import Findings, clock_finding

WANTED = Topics().all()
THERE = {topic.name: found_as_made(topic, 1) for topic in WANTED}
COPIED = {topic.name: found_as_made(topic, 3) for topic in WANTED}
PROGRESS = THERE["hemis.progress"]
STUDENTS = THERE["hemis.students"]


def changed(topic: FoundTopic, **config: str) -> dict[str, FoundTopic]:
    names = {name.replace("_", "."): value for name, value in config.items()}
    return {**THERE, topic.name: replace(topic, config={**topic.config, **names})}


def copied(
    least: str, replicas: int = 3, in_sync: int = 3, leaderless: int = 0
) -> dict[str, FoundTopic]:
    config = {**STUDENTS.config, "min.insync.replicas": least}
    students = FoundTopic(STUDENTS.name, 4, config, replicas, in_sync, leaderless)
    return {**COPIED, STUDENTS.name: students}


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
        (THERE, "ok"),
        ({name: THERE[name] for name in THERE.keys() - {"hemis.progress"}}, "topic_missing"),
        ({**THERE, STUDENTS.name: replace(STUDENTS, partitions=3)}, "topic_partitions"),
        (changed(STUDENTS, cleanup_policy="delete"), "topic_cleanup_policy"),
        (changed(STUDENTS, cleanup_policy="compact,delete"), "topic_cleanup_policy"),
        (changed(PROGRESS, retention_ms="3600000"), "topic_retention"),
        (changed(PROGRESS, retention_ms="-1"), "ok"),
        (changed(PROGRESS, retention_ms=str(10**12)), "ok"),
        (changed(THERE["hemis.dead-letters"], cleanup_policy="delete,compact"), "ok"),
        (changed(PROGRESS, retention_bytes="-1"), "ok"),
        (changed(PROGRESS, retention_bytes="1000000"), "topic_retention"),
        (changed(STUDENTS, retention_bytes="1000000"), "ok"),
        (changed(STUDENTS, max_message_bytes="1048588"), "ok"),
        (changed(STUDENTS, max_message_bytes="512000"), "topic_message_limit"),
        (changed(THERE["hemis.services"], max_message_bytes="100000"), "topic_message_limit"),
        (changed(STUDENTS, max_compaction_lag_ms=str(10**12)), "topic_compaction"),
        (changed(STUDENTS, unclean_leader_election_enable="true"), "topic_unclean_election"),
        (changed(STUDENTS, min_insync_replicas="2"), "topic_min_insync"),
        (changed(STUDENTS, compression_type="zstd"), "ok"),
        (changed(STUDENTS, message_timestamp_type="LogAppendTime"), "ok"),
    ],
)
def test_topics_are_judged_by_what_would_lose_records(
    there: dict[str, FoundTopic], code: str
) -> None:
    assert topics_finding(WANTED, there).code == code


@pytest.mark.parametrize(
    ("there", "code"),
    [
        (COPIED, "ok"),
        (copied("1"), "topic_min_insync"),
        (copied("3"), "ok"),
        (copied("2", in_sync=2), "ok"),
        (copied("2", in_sync=1), "topic_too_few_in_sync"),
        (copied("4"), "topic_min_insync"),
        (copied("2", leaderless=1), "topic_without_leader"),
        # Made before KAFKA_REPLICATION was raised: more than it has copies would stop all writing.
        (copied("1", replicas=1, in_sync=1), "ok"),
    ],
)
def test_copies_are_judged_by_what_would_lose_or_stop_records(
    there: dict[str, FoundTopic], code: str
) -> None:
    assert topics_finding(WANTED, there, replication=3).code == code


@pytest.mark.parametrize(("replication", "least"), [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_a_topic_is_confirmed_by_all_copies_but_one(replication: int, least: str) -> None:
    made = found_as_made(WANTED[0], replication)

    assert made.config["min.insync.replicas"] == least


async def test_what_kafka_refuses_to_tell_is_a_finding() -> None:
    class Guarded(InMemoryBroker):
        @override
        async def topics_there(self, names: Collection[str]) -> Mapping[str, FoundTopic]:
            raise KafkaFault("kafka_not_authorized", "Kafka does not let this user", "grant it")

    findings = Findings()

    await TopicChecks(Guarded(), WANTED, findings).look()

    assert [finding.code for finding in findings.all()] == ["kafka_not_authorized"]


def test_a_wrong_topic_comes_with_the_command_that_mends_it() -> None:
    finding = topics_finding(WANTED, changed(STUDENTS, cleanup_policy="delete"))

    assert "hemis.students has cleanup.policy=delete, expected compact" in finding.detail
    assert finding.advice == (
        "kafka-configs.sh --bootstrap-server … --alter --topic hemis.students"
        " --add-config cleanup.policy=[compact]"
    )


async def test_the_topics_of_a_broker_are_as_they_were_made() -> None:
    broker, findings = InMemoryBroker(), Findings()
    await broker.ensure_topics(WANTED, 3)

    await TopicChecks(broker, WANTED, findings, 3).look()

    assert findings.all_right()


def test_the_newest_finding_of_a_subject_counts() -> None:
    findings = Findings()

    findings.note(Finding(subject="token", code="refused"), Finding(subject="lists"))
    findings.note(Finding(subject="token"))

    assert [finding.code for finding in findings.all()] == ["ok", "ok"]


def test_a_beat_of_an_earlier_version_has_no_findings() -> None:
    beat = b'{"instance":"a","service":"loader","version":"1","state":"active","at":1,"checks":{}}'

    assert decode_beat(beat).findings == ()

"""What is right and what is not: clocks and topics, by table."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from typing_extensions import override

from libs.common.contracts.codec import decode_as
from libs.common.contracts.heartbeats import Beat, Finding
from libs.common.contracts.topics import Topics
from libs.common.kafka.admin import topic_as_created
from libs.common.kafka.errors import KafkaFault
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import FoundTopic
from libs.common.kafka.topic_checks import TopicChecks, topics_finding
from libs.common.process.findings import Findings, clock_finding

WANTED = Topics().all()
THERE = {topic.name: topic_as_created(topic, 1) for topic in WANTED}
COPIED = {topic.name: topic_as_created(topic, 3) for topic in WANTED}
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


def test_a_clock_finding_names_the_system_and_the_direction() -> None:
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
def test_topic_settings_that_would_lose_records_are_findings(
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
def test_replicas_that_would_lose_or_stop_records_are_findings(
    there: dict[str, FoundTopic], code: str
) -> None:
    assert topics_finding(WANTED, there, replication=3).code == code


@pytest.mark.parametrize(("replication", "least"), [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_all_replicas_but_one_must_be_in_sync(replication: int, least: str) -> None:
    made = topic_as_created(WANTED[0], replication)

    assert made.config["min.insync.replicas"] == least


async def test_a_missing_right_to_describe_topics_is_a_finding() -> None:
    class BrokerWithoutRights(InMemoryBroker):
        @override
        async def describe_topics(self, names: Collection[str]) -> Mapping[str, FoundTopic]:
            raise KafkaFault("kafka_not_authorized", "Kafka does not let this user", "grant it")

    findings = Findings()

    await TopicChecks(BrokerWithoutRights(), WANTED, findings).run_once()

    assert [finding.code for finding in findings.all()] == ["kafka_not_authorized"]


def test_a_wrong_topic_setting_comes_with_the_command_that_corrects_it() -> None:
    finding = topics_finding(WANTED, changed(STUDENTS, cleanup_policy="delete"))

    assert "hemis.students has cleanup.policy=delete, expected compact" in finding.detail
    assert finding.advice == (
        "kafka-configs.sh --bootstrap-server … --alter --topic hemis.students"
        " --add-config cleanup.policy=[compact]"
    )


async def test_topics_that_we_created_have_no_problem() -> None:
    broker, findings = InMemoryBroker(), Findings()
    await broker.ensure_topics(WANTED, 3)

    await TopicChecks(broker, WANTED, findings, 3).run_once()

    assert findings.all_healthy()


def test_the_newest_finding_of_a_subject_replaces_the_older_one() -> None:
    findings = Findings()

    findings.note(Finding(subject="token", code="refused"), Finding(subject="lists"))
    findings.note(Finding(subject="token"))

    assert [finding.code for finding in findings.all()] == ["ok", "ok"]


def test_a_heartbeat_of_an_earlier_version_has_no_findings() -> None:
    beat = b'{"instance":"a","service":"loader","version":"1","state":"active","at":1,"checks":{}}'

    assert decode_as(Beat, beat).findings == ()

"""Every error of aiokafka has one of three answers: wait, this record, the set-up."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    BrokerResponseError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InvalidReplicationFactorError,
    KafkaError,
    MessageSizeTooLargeError,
    OffsetOutOfRangeError,
    PolicyViolationError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
)

from libs.common.errors import ConfigurationError, PermanentError, SetupFault, TransientError
from libs.common.kafka.error_table import INSTALLATION, RECORD, SETUP
from libs.common.kafka.errors import (
    KafkaFault,
    KafkaUnavailable,
    MessageTooLarge,
    OffsetsGone,
    TopicLimit,
    translated,
)
from libs.common.kafka.ports import Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.diagnosis import dependency_findings
from tests.scenarios.common.waiting_errors import WAIT
from tests.unit.common.kafka.fake_broker import bare

ROOT = Path(__file__).parents[3]


def below(kind: type[KafkaError]) -> Iterator[type[KafkaError]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


def raised(error: Exception) -> Exception:
    with pytest.raises(Exception) as caught, translated():  # noqa: PT011 — which one is the question
        raise error
    return caught.value


# Those defined by aiokafka, not by a test.
KINDS = [
    KafkaError,
    *(kind for kind in below(KafkaError) if kind.__module__ == "aiokafka.errors"),
]
TABLES = (SETUP, INSTALLATION, RECORD, WAIT)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_aiokafka_has_exactly_one_answer(kind: type[KafkaError]) -> None:
    assert sum(kind in table for table in TABLES) == 1


@pytest.mark.parametrize(
    "kind", sorted(WAIT - {OffsetOutOfRangeError, BrokerResponseError}, key=str)
)
def test_errors_that_pass_by_themselves_are_transient(kind: type[KafkaError]) -> None:
    error = raised(bare(kind))

    assert isinstance(error, KafkaUnavailable)
    assert not isinstance(error, SetupFault)
    assert kind.__name__ in str(error)


@pytest.mark.parametrize("kind", [OSError, ConnectionResetError, TimeoutError])
def test_a_broken_connection_is_transient(kind: type[Exception]) -> None:
    assert type(raised(kind())) is KafkaUnavailable


@pytest.mark.parametrize("kind", RECORD)
def test_a_message_that_is_too_large_is_refused_alone(kind: type[KafkaError]) -> None:
    error = raised(bare(kind))

    assert isinstance(error, MessageTooLarge)
    assert isinstance(error, PermanentError)


@pytest.mark.parametrize("kind", SETUP)
def test_a_setup_fault_keeps_the_work_and_is_named(kind: type[KafkaError]) -> None:
    error = raised(kind("hemis.students"))

    assert isinstance(error, KafkaFault)
    assert isinstance(error, KafkaUnavailable)
    assert isinstance(error, TransientError)
    assert error.code.startswith("kafka_")
    assert "{" not in error.detail + error.advice


@pytest.mark.parametrize("kind", SETUP)
def test_a_setup_fault_is_readable_without_details(kind: type[KafkaError]) -> None:
    error = raised(bare(kind))

    assert isinstance(error, KafkaFault)
    assert not error.detail.endswith((" ", ":"))
    assert "None" not in error.detail + error.advice


@pytest.mark.parametrize("kind", SETUP)
def test_no_advice_about_the_address_while_kafka_answers(kind: type[KafkaError]) -> None:
    readiness = Readiness(("kafka",), Stop())
    readiness.away("kafka", raised(bare(kind)))

    named = readiness.findings()
    shown = [*dependency_findings(readiness.states(), named), *named]

    assert [finding.code for finding in shown] == [SETUP[kind].code]
    assert "KAFKA_BOOTSTRAP_SERVERS" not in shown[0].advice


def test_the_runbook_lists_every_code() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    codes = {fault.code for fault in SETUP.values()} | {TopicLimit("hemis.students", 1).code}
    tree = ast.parse((ROOT / "libs" / "common" / "kafka" / "topic_checks.py").read_text())
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    codes |= {text for text in texts if isinstance(text, str) and text.startswith("topic_")}

    assert {code for code in codes if f"`{code}`" not in runbook} == set()


def test_a_missing_right_names_the_topic_and_what_to_grant() -> None:
    error = raised(TopicAuthorizationFailedError("hemis.students"))

    assert isinstance(error, KafkaFault)
    assert error.code == "kafka_not_authorized"
    assert error.detail == "Kafka does not let this user use topic hemis.students"
    assert "--topic hemis. --group hemis. --resource-pattern-type prefixed" in error.advice


def test_several_topics_without_a_right_are_all_named() -> None:
    error = raised(TopicAuthorizationFailedError(frozenset({"samdu.students", "samdu.employees"})))

    assert isinstance(error, KafkaFault)
    assert "samdu.employees, samdu.students" in error.detail
    assert "--topic samdu. " in error.advice


@pytest.mark.parametrize(
    ("error", "texts"),
    [
        (GroupAuthorizationFailedError("hemis.loader"), ("group hemis.loader", "--group hemis. ")),
        (ClusterAuthorizationFailedError(), ("idempotent", "--operation IdempotentWrite")),
        (
            InvalidReplicationFactorError("hemis.students", "Replication factor: 3 larger than 1"),
            ("hemis.students: Replication factor: 3", "KAFKA_REPLICATION"),
        ),
        (
            PolicyViolationError("hemis.students", "no compaction here"),
            ("hemis.students: no compaction here", "create.topic.policy.class.name"),
        ),
    ],
)
def test_a_setup_fault_has_the_brokers_message_and_the_advice(
    error: KafkaError, texts: tuple[str, str]
) -> None:
    fault = raised(error)

    assert isinstance(fault, KafkaFault)
    assert texts[0] in fault.detail
    assert texts[1] in fault.advice


def test_a_missing_codec_is_a_wrong_configuration() -> None:
    error = raised(UnsupportedCodecError("Libraries for zstd compression codec not found"))

    assert isinstance(error, ConfigurationError)
    assert "zstd" in str(error)
    assert "cramjam" in str(error)


def test_an_error_that_aiokafka_hides_as_the_cause_is_found() -> None:
    hidden = KafkaError("Unexpected error during batch delivery")
    hidden.__cause__ = TopicAuthorizationFailedError("hemis.students")

    error = raised(hidden)

    assert isinstance(error, KafkaFault)
    assert error.code == "kafka_not_authorized"


def test_an_error_that_aiokafka_hides_in_a_text_is_found() -> None:
    error = raised(KafkaError(repr(TopicAuthorizationFailedError())))

    assert isinstance(error, KafkaFault)
    assert error.code == "kafka_not_authorized"
    assert "--topic [KAFKA_TOPIC_PREFIX]. " in error.advice


def test_a_partition_without_a_right_is_named_by_its_topic() -> None:
    error = raised(TopicAuthorizationFailedError(TopicPartition("hemis.students", 2)))

    assert isinstance(error, KafkaFault)
    assert error.detail.endswith("topic hemis.students")


def test_a_message_over_the_clients_own_limit_is_too_large() -> None:
    assert str(raised(MessageSizeTooLargeError("2 MB"))) == "2 MB"


def test_partitions_whose_offsets_are_gone_are_named() -> None:
    error = raised(OffsetOutOfRangeError({TopicPartition("hemis.students", 2): 1042}))

    assert isinstance(error, OffsetsGone)
    assert error.partitions == {Partition("hemis.students", 2)}


def test_programming_errors_are_not_translated_to_an_outage() -> None:
    assert isinstance(raised(KeyError("topic")), KeyError)

"""aiokafka's own defaults are dangerous here, so ours are said in full (faults, client bugs)."""

import pytest

from libs.common.kafka.client import connection_options
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS
from libs.common.kafka.log_reader import READER_OPTIONS, reader_options
from libs.common.kafka.producer import PRODUCER_OPTIONS
from libs.common.process.settings import ServiceSettings

pytestmark = pytest.mark.usefixtures("bare_environment")


def test_a_message_is_acknowledged_by_all_replicas_and_never_duplicated_by_a_retry() -> None:
    assert PRODUCER_OPTIONS["acks"] == "all"
    assert PRODUCER_OPTIONS["enable_idempotence"] is True


def test_records_are_compressed_so_that_every_client_reads_them() -> None:
    assert PRODUCER_OPTIONS["compression_type"] in {None, "gzip"}


def test_a_position_out_of_the_log_is_an_error() -> None:
    assert CONSUMER_OPTIONS["auto_offset_reset"] == "none"


def test_offsets_are_not_committed_automatically() -> None:
    assert CONSUMER_OPTIONS["enable_auto_commit"] is False
    assert READER_OPTIONS["enable_auto_commit"] is False


def test_only_the_reader_of_one_partition_waits_half_a_second_for_messages() -> None:
    assert reader_options(1)["fetch_max_wait_ms"] == 500
    assert reader_options(2) == READER_OPTIONS
    assert READER_OPTIONS["fetch_max_wait_ms"] == 100


def test_a_dead_member_leaves_the_group_after_six_seconds() -> None:
    assert CONSUMER_OPTIONS["session_timeout_ms"] == 6_000
    assert CONSUMER_OPTIONS["heartbeat_interval_ms"] == 2_000


def test_a_connection_without_passwords_has_no_login_options() -> None:
    options = connection_options(ServiceSettings(kafka_bootstrap_servers="broker:9092"))

    assert options == {"bootstrap_servers": "broker:9092", "security_protocol": "PLAINTEXT"}


def test_a_connection_with_passwords_and_certificates_has_their_options() -> None:
    settings = ServiceSettings.model_validate(
        {
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_sasl_username": "hemis",
            "kafka_sasl_password": "correct-horse",
        }
    )

    options = connection_options(settings)

    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["sasl_plain_username"] == "hemis"
    assert options["sasl_plain_password"] == "correct-horse"  # noqa: S105 — an invented one
    assert options["ssl_context"].check_hostname


def test_passwords_without_certificates_need_no_context() -> None:
    settings = ServiceSettings.model_validate(
        {
            "kafka_security_protocol": "SASL_PLAINTEXT",
            "kafka_sasl_username": "hemis",
            "kafka_sasl_password": "correct-horse",
        }
    )

    assert "ssl_context" not in connection_options(settings)

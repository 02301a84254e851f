"""A Kafka that asks its clients for a certificate."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from libs.common.contracts.topics import Topic
from libs.common.errors import ConfigurationError
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Message, Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.kafka import EmbeddedKafka
from tests.certificate_authority import Authority
from tests.contract.broker_suite import RecordingListener, poll_until, read_all, values
from tests.servers import running

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

SERVER_PROPERTIES = """
listeners=SSL://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller_port}}
listener.security.protocol.map=SSL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SSL
ssl.client.auth=required
ssl.enabled.protocols={protocol}
ssl.keystore.type=PEM
ssl.keystore.location={store}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
"""
TOPIC = Topic("hemis.sample", 1, {})
PARTITION = Partition(TOPIC.name, 0)
NO_CERTIFICATE = {
    "TLSv1.3": "asks for a client certificate: set both (TLSV13_ALERT_CERTIFICATE_REQUIRED)",
    "TLSv1.2": "refuses the TLS handshake: set both if it asks for a client certificate,"
    " else compare TLS versions and ciphers (SSLV3_ALERT_HANDSHAKE_FAILURE)",
}
WRONG_CERTIFICATE = (
    "refuses this client certificate: it must be valid today, and signed by an authority"
    " that Kafka trusts (SSLV3_ALERT_CERTIFICATE_UNKNOWN)"
)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module", params=["TLSv1.3", "TLSv1.2"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def kafka(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, protocol: str
) -> Iterator[EmbeddedKafka]:
    folder = tmp_path_factory.mktemp("kafka")
    store, trusted = folder / "store.pem", authority.write(folder / "authority.pem")
    store.write_bytes(b"".join(authority.issue()))
    more = SERVER_PROPERTIES.format(protocol=protocol, store=store, authority=trusted)
    with running(EmbeddedKafka(folder / "kafka", more=more)) as kafka:
        yield kafka


@pytest.fixture
def settings(kafka: EmbeddedKafka, authority: Authority, tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        kafka_security_protocol="SSL",
        kafka_tls_ca_file=authority.write(tmp_path / "authority.pem"),
    )


def broker_of(settings: ServiceSettings, client: tuple[Path, Path] | None = None) -> KafkaBroker:
    certificate, key = client or (None, None)
    files = {"kafka_tls_cert_file": certificate, "kafka_tls_key_file": key}
    return KafkaBroker(settings.model_copy(update=files), "test", Readiness((KAFKA,), Stop()))


async def test_every_kind_of_client_is_accepted_with_its_certificate(
    settings: ServiceSettings, authority: Authority, tmp_path: Path
) -> None:
    broker = broker_of(settings, authority.write_client(tmp_path / "client"))

    await broker.ensure_topics([TOPIC], replication=1)
    async with broker.producer() as producer:
        await producer.publish([Message(TOPIC.name, "1042", b"1")])
    async with broker.group_consumer("hemis.group", [TOPIC.name], RecordingListener()) as consumer:
        consumer.seek(PARTITION, 0)
        consumer.resume([PARTITION])
        consumed = await poll_until(consumer, [PARTITION], 1)
    async with broker.log_reader({PARTITION: None}) as reader:
        read = await read_all(reader)

    assert values(consumed) == values(read) == [b"1"]
    assert TOPIC.name in await broker.describe_topics([TOPIC.name])


async def test_a_client_without_a_certificate_is_told_to_set_one(
    settings: ServiceSettings, protocol: str
) -> None:
    message = await _refusal(broker_of(settings))

    assert message == _refused(settings, NO_CERTIFICATE[protocol])


async def test_a_certificate_of_another_authority_is_refused(
    settings: ServiceSettings, tmp_path: Path
) -> None:
    message = await _refusal(broker_of(settings, Authority().write_client(tmp_path / "client")))

    assert message == _refused(settings, WRONG_CERTIFICATE)


async def test_an_expired_client_certificate_is_refused(
    settings: ServiceSettings, authority: Authority, tmp_path: Path
) -> None:
    expired = authority.write_client(tmp_path / "client", datetime(2025, 1, 1, tzinfo=UTC))

    assert await _refusal(broker_of(settings, expired)) == _refused(settings, WRONG_CERTIFICATE)


async def _refusal(broker: KafkaBroker) -> str:
    with pytest.raises(ConfigurationError) as topics:
        await broker.ensure_topics([TOPIC], replication=1)
    with pytest.raises(ConfigurationError) as producer:
        async with broker.producer():
            pass
    assert str(topics.value) == str(producer.value)
    return str(producer.value)


def _refused(settings: ServiceSettings, text: str) -> str:
    names = "KAFKA_TLS_CERT_FILE, KAFKA_TLS_KEY_FILE"
    return f"{names}: Kafka at {settings.kafka_bootstrap_servers} {text}"

"""What was not granted on Kafka is named, and goes on after the grant."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from libs.common.contracts.topics import Topic
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.errors import KafkaFault, KafkaUnavailable
from libs.common.kafka.ports import Message, Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.kafka import EmbeddedKafka
from tests.contract.broker_suite import RecordingListener
from tests.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

GUARDED = """
listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
username="admin" password="invented" user_admin="invented" user_hemis="invented";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""
TOPIC = Topic("hemis.sample", 1, {})
PLACE = Partition(TOPIC.name, 0)
GROUP = "hemis.group"
# As the protocol numbers them; a prefix, everything, allowed.
KINDS = {"topic": 2, "group": 3}
PREFIXED, ALL, ALLOW = 4, 2, 3
GRANT = re.compile(r"--operation All --topic (\S+) --group (\S+) --resource-pattern-type prefixed")


class Administrator:
    """Does what an advice says, and takes it back."""

    def __init__(self, servers: str) -> None:
        self._admin = AIOKafkaAdminClient(
            bootstrap_servers=servers,
            security_protocol="SASL_PLAINTEXT",
            sasl_plain_username="admin",
            sasl_plain_password="invented",  # noqa: S106
        )

    async def follow(self, advice: str, *kinds: str) -> None:
        match = GRANT.search(advice)
        assert match is not None
        prefixes = {"topic": match[1], "group": match[2]}
        for kind in kinds:
            await self._send(CreateAclsRequest, kind, prefixes[kind])

    async def revoke(self, kind: str) -> None:
        await self._send(DeleteAclsRequest, kind, "hemis.")

    async def _send(self, request: Callable[..., object], kind: str, prefix: str) -> None:
        await self._admin.start()
        words = (KINDS[kind], prefix, PREFIXED, "User:hemis", "*", ALL, ALLOW)
        await self._admin._send_request(request(*words))

    async def close(self) -> None:
        await self._admin.close()


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    async with EmbeddedKafka(tmp_path, more=GUARDED) as kafka:
        yield kafka


@pytest.fixture
async def administrator(guarded: EmbeddedKafka) -> AsyncIterator[Administrator]:
    administrator = Administrator(guarded.bootstrap_servers)
    yield administrator
    await administrator.close()


@pytest.fixture
def waits() -> Readiness:
    return Readiness((KAFKA,), Stop())


@pytest.fixture
def broker(guarded: EmbeddedKafka, waits: Readiness) -> KafkaBroker:
    settings = ServiceSettings.model_validate(
        {
            "kafka_bootstrap_servers": guarded.bootstrap_servers,
            "kafka_security_protocol": "SASL_PLAINTEXT",
            "kafka_sasl_username": "hemis",
            "kafka_sasl_password": "invented",
        }
    )
    return KafkaBroker(settings, "test", waits)


async def named(attempt: Callable[[], Awaitable[object]]) -> str:
    """Try until the missing right is named, and return the advice."""
    while True:
        try:
            await attempt()
        except KafkaFault as fault:
            assert fault.code == "kafka_not_authorized"
            return fault.advice


async def goes_on(attempt: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await attempt()
        except KafkaUnavailable:
            continue
        return


async def test_a_missing_right_is_named_and_work_continues_after_the_grant(
    broker: KafkaBroker, waits: Readiness, administrator: Administrator
) -> None:
    starting = asyncio.ensure_future(broker.ensure_topics([TOPIC], 1))
    await administrator.follow(await advice_about(TOPIC.name, waits), "topic")
    await starting

    joining = broker.group_consumer(GROUP, [TOPIC.name], RecordingListener())
    joined = asyncio.ensure_future(joining.__aenter__())
    await administrator.follow(await advice_about(GROUP, waits), "group")
    consumer = await joined
    consumer.seek(PLACE, 0)
    consumer.resume([PLACE])

    async with broker.producer() as producer, broker.log_reader({PLACE: None}) as reader:
        uses: list[Callable[[], Awaitable[object]]] = [
            lambda: producer.publish([Message(TOPIC.name, "1042", b"1")]),
            lambda: consumer.poll([PLACE], 10, 0.2),
            lambda: consumer.committed(PLACE),
            lambda: reader.poll(0.2),
            reader.bounds,
            lambda: broker.describe_topics([TOPIC.name]),
        ]
        await all_refused_and_granted(uses, administrator)
    await joining.__aexit__(None, None, None)


async def advice_about(name: str, waits: Readiness) -> str:
    """Wait until the start names what is missing."""
    await eventually(lambda: bool(waits.findings()))
    (finding,) = waits.findings()
    assert finding.code == "kafka_not_authorized"
    assert name in finding.detail
    return finding.advice


async def all_refused_and_granted(
    uses: list[Callable[[], Awaitable[object]]], administrator: Administrator
) -> None:
    for use in uses:
        await goes_on(use)
    await administrator.revoke("topic")
    advices = [await named(use) for use in uses]

    await administrator.follow(advices[0], "topic")
    for use in uses:
        await goes_on(use)

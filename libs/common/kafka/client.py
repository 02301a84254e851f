"""The real Kafka: opens clients, and waits while the broker is away."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from libs.common.contracts.topics import Topic
from libs.common.kafka.admin import describe, ensure_topics
from libs.common.kafka.client_start import START_SECONDS, begin, close, start
from libs.common.kafka.connect_errors import connect_errors_explained
from libs.common.kafka.errors import KafkaUnavailable, answered, translated
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS, KafkaGroupConsumer
from libs.common.kafka.log_reader import KafkaLogReader, reader_options
from libs.common.kafka.ports import FoundTopic, Partition, RebalanceListener
from libs.common.kafka.producer import PRODUCER_OPTIONS, KafkaProducer
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings

KAFKA = "kafka"


class KafkaBroker:
    """See ``Broker``; connects as the settings say."""

    def __init__(
        self,
        settings: ServiceSettings,
        client_id: str,
        readiness: Readiness,
        consumer_options: Mapping[str, Any] = CONSUMER_OPTIONS,
    ) -> None:
        self._consumer_options = consumer_options
        self._connection = connection_options(settings) | {"client_id": client_id}
        self._readiness = readiness

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[KafkaProducer]:
        async def start_client(batch_bytes: int) -> AIOKafkaProducer:
            options = {**self._connection, **PRODUCER_OPTIONS, "max_batch_size": batch_bytes}
            return await start(lambda: AIOKafkaProducer(**options), self._connection)

        producer = KafkaProducer(start_client, close, partial(self._readiness.away, KAFKA))
        await self._readiness.wait_for(KAFKA, producer.begin, KafkaUnavailable)
        try:
            yield producer
        finally:
            await producer.end()

    @asynccontextmanager
    async def group_consumer(
        self, group: str, topics: Collection[str], listener: RebalanceListener
    ) -> AsyncIterator[KafkaGroupConsumer]:
        def create() -> AIOKafkaConsumer:
            options = {**self._connection, **self._consumer_options}
            client = AIOKafkaConsumer(**options, group_id=group)
            KafkaGroupConsumer.subscribe(client, topics, listener)
            return client

        async with self._started(create) as client:
            yield KafkaGroupConsumer(client)

    @asynccontextmanager
    async def log_reader(
        self, starts: Mapping[Partition, int | None]
    ) -> AsyncIterator[KafkaLogReader]:
        def create() -> AIOKafkaConsumer:
            return AIOKafkaConsumer(**self._connection, **reader_options(len(starts)))

        async with self._started(create) as client:
            reader = KafkaLogReader(client, starts)
            await self._readiness.wait_for(KAFKA, reader.begin, KafkaUnavailable)
            yield reader

    async def ensure_topics(self, topics: Iterable[Topic], replication: int) -> None:
        wanted = tuple(topics)

        async def attempt() -> None:
            admin = AIOKafkaAdminClient(**self._connection)
            try:
                with translated():
                    async with (
                        asyncio.timeout(START_SECONDS),
                        connect_errors_explained(self._connection),
                    ):
                        await begin(admin)
                        await ensure_topics(admin, wanted, replication)
            finally:
                await admin.close()

        await self._readiness.wait_for(KAFKA, attempt, KafkaUnavailable)

    async def describe_topics(self, names: Collection[str]) -> Mapping[str, FoundTopic]:
        admin = AIOKafkaAdminClient(**self._connection)
        try:
            async with answered():
                await begin(admin)
                return await describe(admin, names)
        finally:
            await admin.close()

    @asynccontextmanager
    async def _started(
        self, create: Callable[[], AIOKafkaConsumer]
    ) -> AsyncIterator[AIOKafkaConsumer]:
        async def attempt() -> AIOKafkaConsumer:
            return await start(create, self._connection)

        client = await self._readiness.wait_for(KAFKA, attempt, KafkaUnavailable)
        try:
            yield client
        finally:
            await close(client)


def connection_options(settings: ServiceSettings) -> dict[str, Any]:
    """Arguments that every aiokafka client takes."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": settings.kafka_security_protocol,
    }
    if "SASL" in settings.kafka_security_protocol:
        password = settings.kafka_sasl_password
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": password.get_secret_value() if password else None,
        }
    if "SSL" in settings.kafka_security_protocol:
        options["ssl_context"] = _tls_context(settings)
    return options


def _tls_context(settings: ServiceSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.kafka_tls_ca_file)
    if settings.kafka_tls_cert_file is not None:
        context.load_cert_chain(settings.kafka_tls_cert_file, settings.kafka_tls_key_file)
    return context

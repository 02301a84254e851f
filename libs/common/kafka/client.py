"""Kafka itself: how connections are made, and how a start waits for a broker that is away."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from libs.common.contracts.topics import Topic
from libs.common.dependencies import Dependencies
from libs.common.kafka.consumer import CONSUMER_OPTIONS, KafkaGroupConsumer
from libs.common.kafka.entrance import explained
from libs.common.kafka.errors import KafkaUnavailable, answered
from libs.common.kafka.ports import Partition, RebalanceListener
from libs.common.kafka.producer import PRODUCER_OPTIONS, KafkaProducer
from libs.common.kafka.reader import READER_OPTIONS, KafkaLogReader
from libs.common.kafka.topics import describe, ensure_topics
from libs.common.settings import ServiceSettings

KAFKA = "kafka"
# A consumer whose broker dies while it joins its group would wait for ever (measured). Longer
# than the session of a member that died, for which a group waits before it lets others in.
_START_SECONDS = 15.0
_CLOSING_SECONDS = 1.5
_CUTTING_SECONDS = 0.5
_AWAY = (KafkaError, OSError, TimeoutError)

C = TypeVar("C", AIOKafkaProducer, AIOKafkaConsumer)


class KafkaBroker:
    """A real Kafka, as the settings describe it."""

    def __init__(
        self,
        settings: ServiceSettings,
        client_id: str,
        dependencies: Dependencies,
        consumer_options: Mapping[str, Any] = CONSUMER_OPTIONS,
    ) -> None:
        self._consumer_options = consumer_options
        self._connection = connection_options(settings) | {"client_id": client_id}
        self._dependencies = dependencies

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[KafkaProducer]:
        def create() -> AIOKafkaProducer:
            return AIOKafkaProducer(**self._connection, **PRODUCER_OPTIONS)

        async with self._started(create) as client:
            yield KafkaProducer(client)

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
            return AIOKafkaConsumer(**self._connection, **READER_OPTIONS)

        async with self._started(create) as client:
            reader = KafkaLogReader(client, starts)
            await self._dependencies.wait_for(KAFKA, reader.begin, KafkaUnavailable)
            yield reader

    async def ensure_topics(self, topics: Iterable[Topic], replication: int) -> None:
        wanted = tuple(topics)

        async def attempt() -> None:
            admin = AIOKafkaAdminClient(**self._connection)
            try:
                async with asyncio.timeout(_START_SECONDS), explained(self._connection):
                    await _begin(admin)
                    await ensure_topics(admin, wanted, replication)
            finally:
                await admin.close()

        await self._dependencies.wait_for(KAFKA, attempt, *_AWAY)

    async def topics_there(self, names: Collection[str]) -> Mapping[str, Topic]:
        admin = AIOKafkaAdminClient(**self._connection)
        try:
            async with answered():
                await _begin(admin)
                return await describe(admin, names)
        finally:
            await admin.close()

    @asynccontextmanager
    async def _started(self, create: Callable[[], C]) -> AsyncIterator[C]:
        async def attempt() -> C:
            client = create()
            try:
                async with asyncio.timeout(_START_SECONDS), explained(self._connection):
                    await _begin(client)
            except BaseException:
                await _close(client)
                raise
            return client

        client = await self._dependencies.wait_for(KAFKA, attempt, *_AWAY)
        try:
            yield client
        finally:
            await _close(client)


async def _begin(client: AIOKafkaProducer | AIOKafkaConsumer | AIOKafkaAdminClient) -> None:
    """Start a client; who is cancelled meanwhile waits a moment for the start to come to its end.

    Cancelled while it asks its first connection for the brokers, aiokafka never closes that
    connection (measured).
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    finally:
        await asyncio.wait([starting], timeout=_CLOSING_SECONDS)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)


async def _close(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client, whatever state its broker is in.

    With its broker away a consumer raises the CancelledError of its own background task, which
    would look like our being cancelled, and a producer waits for messages that we gave up
    (both measured).
    """
    try:
        async with asyncio.timeout(_CLOSING_SECONDS):
            await asyncio.gather(client.stop(), return_exceptions=True)
    except TimeoutError:
        await _cut(client)


async def _cut(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Close what a client that did not stop in time would keep: its connections, and who uses them.

    It takes itself for stopped by then, and offers no other way.
    """
    if isinstance(client, AIOKafkaProducer):
        kept = (client._sender, client.client)  # noqa: SLF001
    else:
        kept = (client._fetcher, client._client)  # noqa: SLF001
    with suppress(TimeoutError):
        async with asyncio.timeout(_CUTTING_SECONDS):
            for part in kept:
                if part is not None:
                    await asyncio.gather(part.close(), return_exceptions=True)


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
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_tls_ca_file)
    return options

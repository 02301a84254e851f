"""A loader with a real Kafka and a real PostgreSQL, and the fetcher's part played by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.settings import LoaderSettings
from tests.integration.loader.loader_system import LoaderSystem
from tests.integration.loader.running_loaders import LoaderPrograms, loader_programs


@pytest.fixture
async def system(
    bootstrap_servers: str, database_url: str, topic_prefix: str
) -> AsyncIterator[LoaderSystem]:
    settings = LoaderSettings(
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=topic_prefix,
        database_url=database_url,
    )
    readiness = Readiness((KAFKA, POSTGRES), Stop())
    broker = KafkaBroker(settings, "test", readiness)
    async with broker.producer() as producer:
        yield LoaderSystem(settings, broker, producer)


@pytest.fixture
async def loaders(tmp_path: Path) -> AsyncIterator[LoaderPrograms]:
    async with loader_programs(tmp_path) as loaders:
        yield loaders

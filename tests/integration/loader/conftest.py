"""A loader with a real Kafka and a real PostgreSQL, and the fetcher's part played by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.settings import LoaderSettings
from tests.integration.loader.loader_on_servers import World
from tests.integration.loader.running_loaders import Fleet, fleet_in


@pytest.fixture
async def world(
    bootstrap_servers: str, database_url: str, topic_prefix: str
) -> AsyncIterator[World]:
    settings = LoaderSettings(
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=topic_prefix,
        database_url=database_url,
    )
    readiness = Readiness((KAFKA, POSTGRES), Stop())
    broker = KafkaBroker(settings, "test", readiness)
    async with broker.producer() as producer:
        yield World(settings, broker, producer)


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with fleet_in(tmp_path) as fleet:
        yield fleet

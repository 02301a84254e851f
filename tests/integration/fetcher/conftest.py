"""A fleet of fetchers, its Kafka and its simulated HEMIS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.process.settings import ServiceSettings
from libs.simulator.app import running_simulator
from libs.simulator.hemis import SimulatedHemis
from tests.integration.fetcher.running_fetchers import FetcherPrograms, running_fetchers

STUDENTS = 2000


@pytest.fixture
def student_count() -> int:
    """The number of students; a test file overrides this fixture."""
    return STUDENTS


@pytest.fixture
async def fetchers(
    bootstrap_servers: str, topic_prefix: str, tmp_path: Path, student_count: int
) -> AsyncIterator[FetcherPrograms]:
    settings = ServiceSettings(
        kafka_bootstrap_servers=bootstrap_servers, kafka_topic_prefix=topic_prefix
    )
    hemis = SimulatedHemis(students=student_count, employees=0)
    async with (
        running_simulator(hemis) as address,
        running_fetchers(settings, hemis, address, tmp_path) as fetchers,
    ):
        yield fetchers

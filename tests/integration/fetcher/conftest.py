"""A fleet of fetchers, its Kafka and its simulated HEMIS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.settings import ServiceSettings
from libs.simulator.app import running_simulator
from libs.simulator.hemis import SimulatedHemis
from tests.integration.fetcher.fleet import Fleet, fleet

STUDENTS = 2000


@pytest.fixture
async def ships(bootstrap_servers: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    settings = ServiceSettings(
        kafka_bootstrap_servers=bootstrap_servers, kafka_topic_prefix=topic_prefix
    )
    hemis = SimulatedHemis(students=STUDENTS, employees=0)
    async with (
        running_simulator(hemis) as address,
        fleet(settings, hemis, address, tmp_path) as ships,
    ):
        yield ships

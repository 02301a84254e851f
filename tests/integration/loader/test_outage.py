"""PostgreSQL dies during a sync: the loader waits, shows it, and continues."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.localstack.postgres import EmbeddedPostgres
from services.loader.settings import LoaderSettings
from tests.integration.loader.loader_system import LoaderSystem, student, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(tmp_path) as postgres:
        yield postgres


async def test_an_outage_is_not_a_bad_record(
    bootstrap_servers: str, topic_prefix: str, postgres: EmbeddedPostgres
) -> None:
    settings = LoaderSettings(
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=topic_prefix,
        database_url=postgres.database_url,
    )
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    async with broker.producer() as producer:
        system = LoaderSystem(settings, broker, producer)
        async with system.loader() as readiness:
            await system.start("s1")
            await system.page("s1", [student(n) for n in range(1, 1001)])
            await until(lambda: system.table("students"))

            await postgres.kill()
            ends = await system.page("s1", [student(n) for n in range(1001, 2001)])
            await system.fetched("s1", ends, 2000)
            await until(lambda: _away(readiness))
            await postgres.start()
            report = await system.report("s1")

        assert (report.complete, report.inserted, report.rejected) == (True, 2000, 0)
        assert len(await system.table("students")) == 2000
        assert await system.read(system.topics.dead_letters) == []


async def _away(readiness: Readiness) -> bool:
    return not readiness.ready()

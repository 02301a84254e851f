"""Random kills under load, and a PostgreSQL that dies again and again: `make soak`."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.localstack.postgres import EmbeddedPostgres
from services.loader.settings import LoaderSettings
from tests.integration.loader.effect_audit import assert_loaded_once, install_audit
from tests.integration.loader.loader_system import Item, LoaderSystem, student, until
from tests.integration.loader.running_loaders import LoaderPrograms
from tests.tcp_proxy import Proxy, through

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(3600)]

SEED = 20261126
AHEAD = 1_000


class Load:
    """One sync whose topic always holds records that are not loaded yet."""

    def __init__(self, system: LoaderSystem) -> None:
        self._world = system
        self._ends: dict[str, int] = {}
        self.items: list[Item] = []

    async def loaded(self) -> int:
        return int((await self._world.rows("SELECT count(*) AS rows FROM students"))[0]["rows"])

    async def keep_ahead(self) -> None:
        while len(self.items) < await self.loaded() + AHEAD:
            first = len(self.items) + 1
            page = [student(number) for number in range(first, first + 200)]
            self._ends |= await self._world.page("s1", page)
            self.items += page

    async def reaches(self, count: int) -> None:
        async def enough() -> bool:
            return await self.loaded() >= count

        await until(enough, 120)

    async def require_loaded_once(self) -> None:
        await self._world.fetched("s1", self._ends, len(self.items))
        report = await self._world.report("s1", 120)
        found = (report.complete, report.inserted, report.unchanged, report.rejected)
        assert found == (True, len(self.items), 0, 0)
        assert await self._world.read(self._world.topics.dead_letters) == []
        await assert_loaded_once(self._world, self.items)


async def test_random_kills_of_two_loaders_under_load_lose_and_duplicate_no_record(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    chance = random.Random(SEED)  # noqa: S311 — the same kills each time
    settings = system.settings.model_copy(update={"loader_batch_records": 50})
    await install_audit(system)
    await system.start("s1")
    load = Load(system)
    pair = [await loaders.start(settings) for _ in range(2)]
    for _ in range(100):
        await load.keep_ahead()
        await load.reaches(await load.loaded() + chance.randint(1, AHEAD // 2))
        victim = chance.randrange(2)
        await pair[victim].kill()
        pair[victim] = await loaders.start(settings)

    await load.require_loaded_once()


@pytest.fixture
async def own_postgres(
    tmp_path: Path, bootstrap_servers: str, topic_prefix: str
) -> AsyncIterator[tuple[EmbeddedPostgres, LoaderSystem]]:
    """A PostgreSQL that a test may kill."""
    async with EmbeddedPostgres(tmp_path) as postgres:
        settings = LoaderSettings(
            kafka_bootstrap_servers=bootstrap_servers,
            kafka_topic_prefix=topic_prefix,
            database_url=SecretStr(postgres.database_url),
            loader_batch_records=50,
        )
        broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
        async with broker.producer() as producer:
            system = LoaderSystem(settings, broker, producer)
            await install_audit(system)
            await system.start("s1")
            yield postgres, system


async def test_repeated_database_crashes_under_load_lose_no_record(
    own_postgres: tuple[EmbeddedPostgres, LoaderSystem],
) -> None:
    """Two seconds between restarts, and records waiting at each of them."""
    postgres, system = own_postgres
    load = Load(system)
    stop = Stop()
    async with system.loader():
        for _ in range(15):
            await load.keep_ahead()
            await stop.wait(2)
            await postgres.kill()
            await postgres.start()

        await load.require_loaded_once()


async def test_a_silent_connection_is_replaced(
    own_postgres: tuple[EmbeddedPostgres, LoaderSystem],
) -> None:
    postgres, system = own_postgres
    load = Load(system)
    async with (
        Proxy(postgres.port).listening() as proxy,
        system.loader(database_url=through(proxy, postgres.database_url)),
    ):
        await load.keep_ahead()
        await load.reaches(1)
        proxy.forsake()
        await load.keep_ahead()
        await load.require_loaded_once()

"""The loader continues within 15 s after Kafka is back; nothing is lost or doubled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from libs.common.contracts.resources import Resource
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.ports import free_port
from services.loader.settings import LoaderSettings
from tests.integration.loader.delete_topics import delete_topics
from tests.integration.loader.effect_audit import assert_loaded_once, install_audit
from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.tcp_proxy import Proxy, through

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


class TwoListenerKafka(EmbeddedKafka):
    """Has a second listener, which sends its clients to a proxy."""

    def __init__(self, folder: Path, proxy_port: int) -> None:
        super().__init__(folder)
        self.second_port = free_port()
        self._proxy_port = proxy_port

    @override
    def _configure(self, storage: Path, controller_port: int) -> Path:
        settings = super()._configure(storage, controller_port)
        first = f"PLAINTEXT://127.0.0.1:{self.port}"
        with settings.open("a") as file:
            file.write(
                f"""
listeners={first},PROXIED://127.0.0.1:{self.second_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners={first},PROXIED://127.0.0.1:{self._proxy_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
"""
            )
        return settings


@asynccontextmanager
async def world_on(servers: str, database_url: str) -> AsyncIterator[LoaderSystem]:
    settings = LoaderSettings(kafka_bootstrap_servers=servers, database_url=database_url)
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    async with broker.producer() as producer:
        system = LoaderSystem(settings, broker, producer)
        await install_audit(system)
        yield system


async def _loaded(system: LoaderSystem, count: int) -> bool:
    return len(await system.rows("SELECT 1 FROM students")) >= count


@pytest.mark.soak
async def test_a_broker_killed_during_a_batch_loses_no_record(
    tmp_path: Path, database_url: str
) -> None:
    async with (
        EmbeddedKafka(tmp_path) as kafka,
        Proxy(urlsplit(database_url).port or 0).listening() as proxy,
        world_on(kafka.bootstrap_servers, database_url) as system,
    ):
        async with system.loader(database_url=through(proxy, database_url)):
            await system.start("s1")
            proxy.hold_after(b"COPY ")
            ends = await system.page("s1", [student(n) for n in range(1, 1001)])
            await proxy.heard.wait()
            await kafka.kill()
            await kafka.start()
            proxy.release()
            ends |= await system.page("s1", [student(n) for n in range(1001, 1101)])
            await until(lambda: _loaded(system, 1100), 15)
            await system.fetched("s1", ends, 1100)
            report = await system.report("s1")

        assert (report.inserted, report.unchanged, report.complete) == (1100, 0, True)
        await assert_loaded_once(system, [student(n) for n in range(1, 1101)])


@pytest.mark.soak
async def test_a_half_open_connection_is_replaced(tmp_path: Path, database_url: str) -> None:
    proxy = Proxy(0)
    async with proxy.listening():
        kafka = TwoListenerKafka(tmp_path, proxy.port)
        proxy.target = kafka.second_port
        async with kafka, world_on(kafka.bootstrap_servers, database_url) as system:
            async with system.loader(kafka_bootstrap_servers=f"127.0.0.1:{proxy.port}") as state:
                await system.start("s1")
                ends = await system.page("s1", [student(n) for n in range(1, 101)])
                await until(lambda: _loaded(system, 100))
                proxy.hold()
                proxy.forsake()
                ends |= await system.page("s1", [student(n) for n in range(101, 201)])
                await until(lambda: _is_away(state), 30)
                proxy.release()
                await until(lambda: _loaded(system, 200), 15)
                await system.fetched("s1", ends, 200)
                report = await system.report("s1")

            assert (report.inserted, report.unchanged, report.complete) == (200, 0, True)
            await assert_loaded_once(system, [student(n) for n in range(1, 201)])


async def _is_away(readiness: Readiness) -> bool:
    return not readiness.ready()


async def test_a_topic_recreated_under_a_running_loader_is_read_from_its_beginning(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 101)])
        await system.report("s1")

        await delete_topics(system, [system.topics.records(Resource.STUDENTS)])
        await system.sync("s2", [student(n, email="a@example.uz") for n in range(1, 501)])
        report = await system.report("s2", 40)

    rows = await system.table("students")
    assert (report.inserted, report.updated, report.complete) == (400, 100, True)
    assert all(row["email"] == "a@example.uz" for row in rows)
    assert await system.read(system.topics.dead_letters) == []


@pytest.mark.soak
async def test_many_rebalances_lose_and_duplicate_no_record(system: LoaderSystem) -> None:
    """One loader, then two, then one: three times, while records come."""
    await install_audit(system)
    ends: dict[str, int] = {}
    items = [student(n) for n in range(1, 1201)]
    await system.start("s1")
    async with system.loader(loader_batch_records=50):
        for first in range(0, len(items), 400):
            async with system.loader(loader_batch_records=50):
                ends |= await system.page("s1", items[first : first + 400])
                await until(partial(_loaded, system, first + 100))
        await system.fetched("s1", ends, len(items))
        report = await system.report("s1")

    assert (report.inserted, report.unchanged, report.complete) == (len(items), 0, True)
    await assert_loaded_once(system, items)

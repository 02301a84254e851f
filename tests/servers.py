"""The Kafka and PostgreSQL of the tests: named in the environment, in containers, or embedded."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.part import Part
from libs.localstack.ports import free_port
from libs.localstack.postgres import EmbeddedPostgres
from libs.localstack.settings import StackSettings

P = TypeVar("P", bound=Part)


class TestStackSettings(StackSettings):
    """Of the environment only: the databases in a person's ``.env`` are not for tests."""

    __test__ = False

    hemis_test_stack: Literal["embedded", "containers"] = "embedded"


@contextmanager
def kafka(settings: TestStackSettings, folder: Path) -> Iterator[str]:
    """Yield its bootstrap servers."""
    if settings.kafka_bootstrap_servers is not None:
        yield settings.kafka_bootstrap_servers
    elif settings.hemis_test_stack == "containers":
        # Clients are sent to the advertised address, so the port is chosen beforehand.
        port = free_port()
        with _kafka_container(port):
            yield f"127.0.0.1:{port}"
    else:
        embedded = EmbeddedKafka(folder)
        with running(embedded):
            yield embedded.bootstrap_servers


@contextmanager
def postgres(settings: TestStackSettings, folder: Path) -> Iterator[str]:
    """Yield the address of a database whose role may make others."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    elif settings.hemis_test_stack == "containers":
        with _postgres_container() as container:
            yield container.get_connection_url(driver=None)
    else:
        embedded = EmbeddedPostgres(folder)
        with running(embedded):
            yield embedded.database_url


@contextmanager
def running(part: P) -> Iterator[P]:
    """Run it outside of any test's own event loop."""
    asyncio.run(part.start())
    try:
        yield part
    finally:
        asyncio.run(part.stop())


def _postgres_container() -> PostgresContainer:
    name = "hemis"
    return PostgresContainer("postgres:17", username=name, password=name, dbname=name)


def _kafka_container(port: int) -> DockerContainer:
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "HEAP_OPTS": "-Xmx512m",
    }
    container = DockerContainer("apache/kafka:4.4.0").with_bind_ports(9092, port)
    for name, value in settings.items():
        container.with_env(f"KAFKA_{name}", value)
    ready = LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(60)
    return container.waiting_for(ready)

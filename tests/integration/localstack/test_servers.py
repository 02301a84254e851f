import socket
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.postgres import EmbeddedPostgres

pytestmark = pytest.mark.integration


async def test_postgres_keeps_port_and_rows_over_a_stop_and_a_crash(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as postgres:
        url = postgres.database_url
        await _execute(url, "CREATE TABLE kept AS SELECT 1 AS one")

        await postgres.stop()
        await postgres.start()
        await _execute(url, "INSERT INTO kept VALUES (2)")
        await postgres.kill()
        await postgres.start()

        assert await _rows(url, "SELECT one FROM kept ORDER BY one") == [1, 2]


async def test_a_pid_file_of_before_a_crash_of_the_machine_is_no_obstacle(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as postgres:
        await postgres.kill()
        stale = tmp_path / "data" / "postmaster.pid"
        # A number that belongs to another process by now.
        stale.write_text("\n".join(["1", *stale.read_text().splitlines()[1:]]))

        await postgres.start()

        assert await _rows(postgres.database_url, "SELECT 1") == [1]


async def test_kafka_keeps_port_and_topics_over_a_stop_and_a_crash(tmp_path: Path) -> None:
    async with EmbeddedKafka(tmp_path) as kafka:
        servers = kafka.bootstrap_servers
        await _make_topic(servers, "before-the-stop")

        await kafka.stop()
        await kafka.start()
        await _make_topic(servers, "before-the-crash")
        await kafka.kill()
        await kafka.start()

        assert await _topics(servers) >= {"before-the-stop", "before-the-crash"}


async def test_a_port_that_was_taken_meanwhile_is_left_to_its_new_owner(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as first:
        port = first.port
    with socket.create_server(("127.0.0.1", port)):
        async with EmbeddedPostgres(tmp_path) as second:
            assert second.port != port
            assert await _rows(second.database_url, "SELECT 1") == [1]


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def _rows(url: str, query: str) -> list[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(query)
    await connection.close()
    return [row[0] for row in rows]


async def _make_topic(servers: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    await admin.close()


async def _topics(servers: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    names = set(await admin.list_topics())
    await admin.close()
    return names

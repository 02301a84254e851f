"""What the three services have in common, seen from outside, with no Kafka in reach."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from libs.common.health.server import serve_health
from libs.localstack.kafka import EmbeddedKafka
from tests.integration.common.running_program import Program, running

pytestmark = pytest.mark.integration

NOBODY = "127.0.0.1:9"
PORTS = {
    "fetcher": "FETCHER_HEALTH_PORT",
    "loader": "LOADER_HEALTH_PORT",
    "gateway": "GATEWAY_PORT",
}
SERVICES = pytest.mark.parametrize("service", PORTS)


def start(
    folder: Path, service: str, port: int, **variables: str
) -> AbstractAsyncContextManager[Program]:
    known = {
        "HEMIS_API_URL": "http://127.0.0.1:9",
        "HEMIS_BEARER_TOKEN": "invented",
        "KAFKA_BOOTSTRAP_SERVERS": NOBODY,
        "DATABASE_URL": f"postgresql://hemis:hemis@{NOBODY}/hemis",
        PORTS[service]: str(port),
        "HEALTH_HOST": "127.0.0.1",
        "GATEWAY_HOST": "127.0.0.1",
    }
    return running(folder, "-m", f"services.{service}", **(known | variables))


async def status(port: int, path: str) -> int:
    """Of the answer, as soon as there is one."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientConnectionError):
                async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                    return answer.status
            await asyncio.sleep(0.05)


@SERVICES
async def test_a_service_without_kafka_is_alive_not_ready_and_stops_as_asked(
    service: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    async with start(tmp_path, service, port) as program:
        await program.said("waiting for kafka")
        assert await status(port, "/healthz") == 200
        assert await status(port, "/readyz") == 503
        assert await status(port, "/metrics") == 200
        program.signal(signal.SIGTERM)

        assert await program.ended() == 0

    assert "ERROR" not in program.output
    assert program.errors == ""


@SERVICES
async def test_a_service_names_every_wrong_setting_and_does_not_start(
    service: str, tmp_path: Path
) -> None:
    wrong = {PORTS[service]: "none", "KAFKA_PARTITIONS": "0", "LOG_LEVEL": "LOUD"}
    async with start(tmp_path, service, 1, **wrong) as program:
        assert await program.ended() == 78

    for name in wrong:
        assert f"\n  {name}: " in program.errors


@SERVICES
async def test_a_service_whose_port_is_taken_names_the_setting(
    service: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    async with (
        serve_health(web.Application(), "127.0.0.1", port),
        start(tmp_path, service, port) as program,
    ):
        assert await program.ended() == 78

    assert PORTS[service].split("_", 1)[1] in program.errors
    assert str(port) in program.errors


@pytest.mark.timeout(120)
async def test_services_that_lose_kafka_stop_as_asked_within_the_grace_period(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    kafka = EmbeddedKafka(tmp_path / "kafka")
    async with AsyncExitStack() as programs:
        await kafka.start()
        programs.push_async_callback(kafka.kill)
        there = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers}
        started = [
            await programs.enter_async_context(start(tmp_path, service, free_port(), **there))
            for service in PORTS
        ]
        for program in started:
            await program.said("kafka is available")
        await kafka.kill()
        for program in started:
            program.signal(signal.SIGTERM)

        async with asyncio.timeout(25):
            assert [await program.ended() for program in started] == [0, 0, 0]

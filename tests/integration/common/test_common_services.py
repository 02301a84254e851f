"""What the three services have in common, seen from outside, with no Kafka in reach."""

import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from libs.common.dependencies import Dependencies
from libs.common.health import serve_health
from libs.common.lifecycle import Stop
from tests.integration.common.program import running

pytestmark = pytest.mark.integration

NOBODY = "127.0.0.1:9"
PORTS = {
    "fetcher": "FETCHER_HEALTH_PORT",
    "loader": "LOADER_HEALTH_PORT",
    "gateway": "GATEWAY_PORT",
}
SERVICES = pytest.mark.parametrize("service", PORTS)


def settings(service: str, port: int) -> dict[str, str]:
    return {
        "HEMIS_API_URL": "http://127.0.0.1:9",
        "HEMIS_BEARER_TOKEN": "invented",
        "KAFKA_BOOTSTRAP_SERVERS": NOBODY,
        "DATABASE_URL": f"postgresql://hemis:hemis@{NOBODY}/hemis",
        PORTS[service]: str(port),
        "HEALTH_HOST": "127.0.0.1",
        "GATEWAY_HOST": "127.0.0.1",
    }


async def status(port: int, path: str) -> int:
    """Of an answer; 0 while nobody answers."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as answer,
        ):
            return answer.status
    except aiohttp.ClientConnectionError:
        return 0


@SERVICES
async def test_a_service_without_kafka_is_alive_not_ready_and_stops_as_asked(
    service: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    async with running(tmp_path, "-m", f"services.{service}", **settings(service, port)) as program:
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
    async with running(
        tmp_path, "-m", f"services.{service}", **settings(service, 1) | wrong
    ) as program:
        assert await program.ended() == 78

    for name in wrong:
        assert f"\n  {name}: " in program.errors


@SERVICES
async def test_a_service_whose_port_is_taken_names_the_setting(
    service: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    async with serve_health(web.Application(), "127.0.0.1", port):
        async with running(
            tmp_path, "-m", f"services.{service}", **settings(service, port)
        ) as program:
            assert await program.ended() == 78

    assert PORTS[service].split("_", 1)[1] in program.errors
    assert str(port) in program.errors

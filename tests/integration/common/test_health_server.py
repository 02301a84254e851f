"""The health endpoint on a real socket."""

import errno
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from libs.common.errors import ConfigurationError
from libs.common.health.server import health_app, serve_health
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness

pytestmark = pytest.mark.integration


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


def serving(port: int, host: str = "127.0.0.1") -> AbstractAsyncContextManager[None]:
    app = health_app(Readiness((), Stop()), CollectorRegistry())
    return serve_health(app, host, port)


async def test_a_probe_is_answered_while_the_process_serves(port: int) -> None:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        async with serving(port), session.get("/healthz") as answer:
            assert await answer.json() == {"status": "alive"}

        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("/healthz")


async def test_a_port_that_is_taken_is_a_wrong_setting(port: int) -> None:
    async with serving(port):
        with pytest.raises(ConfigurationError, match=f"HEALTH_PORT.*{port}.*taken"):
            async with serving(port):
                pytest.fail("two cannot listen on one port")


async def test_a_host_of_another_machine_is_a_wrong_setting(port: int) -> None:
    with pytest.raises(ConfigurationError, match="HEALTH_HOST"):
        async with serving(port, host="192.0.2.1"):
            pytest.fail("nobody can listen there")


async def test_an_error_of_the_process_itself_is_not_blamed_on_the_port(port: int) -> None:
    with pytest.raises(OSError, match="another port") as caught:
        async with serving(port):
            raise OSError(errno.EADDRINUSE, "another port is taken")

    assert not isinstance(caught.value, ConfigurationError)

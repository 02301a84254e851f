"""Serves ``/healthz``, ``/readyz`` and ``/metrics`` for a process without other HTTP routes."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)

from libs.common.errors import ConfigurationError
from libs.common.process.readiness import Readiness


def metrics_registry() -> CollectorRegistry:
    """Create a registry with the metrics of the process: its start, memory and CPU."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def health_app(readiness: Readiness, metrics: CollectorRegistry) -> web.Application:
    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        status = 200 if readiness.ready() else 503
        return web.json_response(readiness.states(), status=status)

    async def scrape(_: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.add_routes(
        [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", scrape)]
    )
    return app


@asynccontextmanager
async def serve_health(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """Serve on ``host:port`` while the context is open.

    Raises:
        ConfigurationError: the port is taken, or the host is not an address of this machine.
    """
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port), host, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, host: str, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        reason = "the port is taken" if error.errno == errno.EADDRINUSE else error.strerror
        raise ConfigurationError(
            f"HEALTH_HOST, …_HEALTH_PORT: cannot listen on {host}:{port}: {reason}"
        ) from error

"""What a probe and Prometheus are told; the application alone, no socket."""

import json
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry, Counter

from libs.common.health.server import health_app
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness


@pytest.fixture
def readiness() -> Readiness:
    return Readiness(("kafka", "postgresql"), Stop())


@pytest.fixture
def metrics() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(readiness: Readiness, metrics: CollectorRegistry) -> web.Application:
    return health_app(readiness, metrics)


async def answer(app: web.Application, path: str) -> tuple[int, bytes]:
    request = make_mocked_request("GET", path, app=app)
    match = await app.router.resolve(request)
    response = cast("web.Response", await match.handler(request))
    assert isinstance(response.body, bytes)
    return response.status, response.body


async def test_a_process_is_alive_as_long_as_it_answers(app: web.Application) -> None:
    assert (await answer(app, "/healthz"))[0] == 200


async def test_a_process_that_waits_is_not_ready_and_names_the_dependency(
    app: web.Application, readiness: Readiness
) -> None:
    readiness.available("kafka")
    readiness.away("postgresql", "starting up")

    status, body = await answer(app, "/readyz")

    assert status == 503
    assert json.loads(body) == {"kafka": "ok", "postgresql": "starting up"}


async def test_a_process_is_ready_when_all_dependencies_are_available(
    app: web.Application, readiness: Readiness
) -> None:
    readiness.available("kafka")
    readiness.available("postgresql")

    assert (await answer(app, "/readyz"))[0] == 200


async def test_only_the_metrics_of_the_process_are_served(
    app: web.Application, metrics: CollectorRegistry
) -> None:
    Counter("records", "Records loaded", registry=metrics).inc(3)

    status, body = await answer(app, "/metrics")

    assert status == 200
    assert b"records_total 3.0" in body
    assert b"python_info" not in body


async def test_other_paths_are_not_found(app: web.Application) -> None:
    request = make_mocked_request("GET", "/secrets", app=app)
    match = await app.router.resolve(request)

    with pytest.raises(web.HTTPNotFound):
        await match.handler(request)

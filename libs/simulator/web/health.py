"""``/healthz``, ``/readyz`` and ``/metrics``, as every process of the project has them."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from libs.simulator.hemis import SimulatedHemis


def health_routes(hemis: SimulatedHemis) -> list[web.RouteDef]:
    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({})

    async def scrape(_: web.Request) -> web.Response:
        body = generate_latest(registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    registry = _metrics(hemis)
    return [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", scrape)]


def _metrics(hemis: SimulatedHemis) -> CollectorRegistry:
    registry = CollectorRegistry()
    requests = Gauge("simulator_requests", "Requests seen under /rest", registry=registry)
    requests.set_function(hemis.requests.total)
    return registry

"""Liveness, readiness and metrics."""

from typing import Annotated

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from libs.common.process.readiness import Readiness
from services.gateway.api.dependencies import provided

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive")
async def alive() -> dict[str, str]:
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Ready: every dependency and its state",
    responses={503: {"description": "one of them is missing", "model": dict[str, str]}},
)
async def ready(
    readiness: Annotated[Readiness, provided(Readiness)], response: Response
) -> dict[str, str]:
    response.status_code = 200 if readiness.ready() else 503
    return readiness.states()


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(registry: Annotated[CollectorRegistry, provided(CollectorRegistry)]) -> Response:
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

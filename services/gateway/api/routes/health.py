"""Alive, ready, metrics."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.gateway.api.context import ApiContextOf

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive")
async def alive() -> dict[str, str]:
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Ready: every dependency and its state",
    responses={503: {"description": "one of them is missing", "model": dict[str, str]}},
)
async def ready(parts: ApiContextOf, response: Response) -> dict[str, str]:
    response.status_code = 200 if parts.readiness.ready() else 503
    return parts.readiness.states()


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(parts: ApiContextOf) -> Response:
    return Response(generate_latest(parts.metrics), media_type=CONTENT_TYPE_LATEST)

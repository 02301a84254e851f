"""How fresh the tables are, and who is at work."""

from fastapi import APIRouter
from pydantic import Field

from libs.common.contracts.heartbeats import ENDED, RIGHT, Beat
from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContext, ApiContextOf
from services.gateway.api.schemas import problems
from services.gateway.errors import NotCaughtUp
from services.gateway.projection.status import Status
from services.gateway.views.freshness import freshness_of
from services.gateway.views.liveness import SILENT_AFTER_MS
from services.gateway.views.schemas import ApiModel, Progress

router = APIRouter(prefix="/api/hemis", tags=["status"])


class ResourceShown(ApiModel):
    """How a resource's tables stand."""

    resource: Resource
    status: Status = Field(description="of its newest sync")
    sync_id: str | None
    last_complete_at: int | None = Field(description="when its last complete sync ended")
    never_synced: bool = Field(description="no complete sync is known, of the last 90 days")
    stale: bool = Field(description="no complete sync for HEMIS_STALE_AFTER_HOURS")
    loading_paused: bool = Field(description="too many rejects: a person lets it go on")


class ServiceShown(ApiModel):
    """One process, as its last sign of life told."""

    instance: str
    service: str = Field(examples=["fetcher"])
    version: str
    state: str = Field(description="active, standby or waiting")
    last_seen: int
    alive: bool = Field(description="false: not heard for 20 s")
    checks: dict[str, str] = Field(
        description="dependency: ok, or what is wrong with it; what else was found wrong"
    )


class StatusShown(ApiModel):
    resources: list[ResourceShown]
    lag: dict[Resource, int] = Field(
        description="records of the active sync that are fetched and not in the tables yet"
    )
    services: list[ServiceShown]


@router.get(
    "/status",
    summary="Freshness, lag and services",
    responses=problems(_503="the topics are still being read"),
)
async def show_status(parts: ApiContextOf) -> StatusShown:
    if not parts.view.caught_up:
        raise NotCaughtUp
    progress = {resource: parts.view.progress(resource) for resource in Resource}
    beats = sorted(parts.view.projection.beats(), key=lambda beat: (beat.service, beat.instance))
    return StatusShown(
        resources=[_resource(parts, resource, shown) for resource, shown in progress.items()],
        lag={resource: _lag(shown) for resource, shown in progress.items()},
        services=[_service(beat, parts.view.now()) for beat in beats],
    )


def _resource(parts: ApiContext, resource: Resource, progress: Progress) -> ResourceShown:
    freshness = freshness_of(parts.view.projection.full(resource))
    return ResourceShown(
        resource=resource,
        status=progress.status,
        sync_id=progress.sync_id,
        last_complete_at=freshness.last_complete_at,
        never_synced=freshness.last_complete_at is None,
        stale=resource.is_scheduled and freshness.is_stale(parts.view.now(), parts.stale_after_ms),
        loading_paused=bool(parts.view.paused(resource)),
    )


def _lag(progress: Progress) -> int:
    left = progress.fetched_records - progress.processed_records
    return max(0, left) if progress.status.active else 0


def _service(beat: Beat, now: int) -> ServiceShown:
    return ServiceShown(
        instance=beat.instance,
        service=beat.service,
        version=beat.version,
        state=beat.state,
        last_seen=beat.at,
        alive=beat.state != ENDED and now - beat.at <= SILENT_AFTER_MS,
        checks=beat.checks
        | {found.subject: found.detail for found in beat.findings if found.code != RIGHT},
    )

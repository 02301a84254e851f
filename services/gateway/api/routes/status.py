"""How fresh the tables are, and which services are running."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from libs.common.contracts.heartbeats import HEALTHY
from libs.common.contracts.resources import Resource
from services.gateway.alerts.conditions import AlertRules
from services.gateway.api.dependencies import CAUGHT_UP, View, provided
from services.gateway.api.schemas import NOT_READ, problems
from services.gateway.live.live_view import LiveView
from services.gateway.projection.heartbeats import ReceivedBeat
from services.gateway.views.freshness import freshness_of
from services.gateway.views.schemas import ApiModel
from services.gateway.views.snapshot import SyncSnapshot
from services.gateway.views.status import Status

router = APIRouter(prefix="/api/hemis", tags=["status"], dependencies=[CAUGHT_UP])


class ResourceShown(ApiModel):
    """The state of a resource's tables."""

    resource: Resource
    status: Status = Field(description="of its newest sync")
    sync_id: str | None
    last_complete_at: int | None = Field(description="when its last complete sync ended")
    never_synced: bool = Field(description="no complete sync in the last 90 days")
    stale: bool = Field(description="no complete sync for HEMIS_STALE_AFTER_HOURS")
    loading_paused: bool = Field(
        description="paused after too many rejects, until a person resumes it"
    )


class ServiceShown(ApiModel):
    """One process, as of its last heartbeat."""

    instance: str
    service: str = Field(examples=["fetcher"])
    version: str
    state: str = Field(description="active, standby or waiting")
    last_seen: int
    alive: bool = Field(description="false: no heartbeat for 20 s")
    checks: dict[str, str] = Field(
        description="dependency: ok, or what is wrong; also every other problem found"
    )


class StatusShown(ApiModel):
    resources: list[ResourceShown]
    lag: dict[Resource, int] = Field(
        description="records of the active sync that are fetched and not in the tables yet"
    )
    services: list[ServiceShown]


@router.get("/status", summary="Freshness, lag and services", responses=problems(_503=NOT_READ))
async def show_status(
    view: View, rules: Annotated[AlertRules, provided(AlertRules)]
) -> StatusShown:
    snapshots = {resource: view.current_snapshot(resource) for resource in Resource}
    heartbeats = sorted(
        view.projection.heartbeats.all(), key=lambda one: (one.beat.service, one.beat.instance)
    )
    return StatusShown(
        resources=[
            _resource(view, rules, resource, snapshot) for resource, snapshot in snapshots.items()
        ],
        lag={resource: _lag(snapshot) for resource, snapshot in snapshots.items()},
        services=[_service(received, view.now()) for received in heartbeats],
    )


def _resource(
    view: LiveView, rules: AlertRules, resource: Resource, snapshot: SyncSnapshot | None
) -> ResourceShown:
    freshness = freshness_of(view.projection.full(resource))
    return ResourceShown(
        resource=resource,
        status=snapshot.status if snapshot is not None else Status.IDLE,
        sync_id=snapshot.sync.sync_id if snapshot is not None else None,
        last_complete_at=freshness.last_complete_at,
        never_synced=freshness.last_complete_at is None,
        stale=resource.is_scheduled and freshness.is_stale(view.now(), rules.stale_after_ms),
        loading_paused=bool(view.paused(resource)),
    )


def _lag(snapshot: SyncSnapshot | None) -> int:
    if snapshot is None or not snapshot.status.active:
        return 0
    return max(0, snapshot.totals.fetched - snapshot.totals.processed)


def _service(received: ReceivedBeat, now: int) -> ServiceShown:
    beat = received.beat
    return ServiceShown(
        instance=beat.instance,
        service=beat.service,
        version=beat.version,
        state=beat.state,
        last_seen=received.at,
        alive=received.is_alive(now),
        checks=beat.checks
        | {found.subject: found.detail for found in beat.findings if found.code != HEALTHY},
    )

"""Start, see, cancel and resume syncs of a whole resource."""

from fastapi import APIRouter, Response

from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContext, ApiContextOf, IdempotencyKey
from services.gateway.api.schemas import Accepted, problems
from services.gateway.errors import NotCaughtUp, UnknownSync
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.schemas import Report

router = APIRouter(prefix="/api/hemis", tags=["syncs"])

AWAY = "Kafka did not confirm, or the topics are still being read: ask again, with the same key"
_NO_INCREMENT = "HEMIS cannot list changed {} only: this is a full sync. "


def accepted(parts: ApiContext, sync: SyncState, response: Response, note: str = "") -> Accepted:
    """Answer with the sync's present state, and with where to follow it."""
    report = parts.view.report(sync)
    response.headers["Location"] = f"/api/hemis/syncs/{sync.sync_id}"
    return Accepted(
        sync_id=sync.sync_id,
        resource=sync.resource,
        mode=report.mode,
        status=report.status,
        message=note + report.message,
    )


@router.post(
    "/sync/{resource}",
    status_code=202,
    summary="Start a sync of a whole resource",
    responses=problems(
        _409="one is active already: its syncId is named",
        _422="a field is wrong, or the key was sent with another request",
        _503=AWAY,
    ),
)
async def start_sync(
    resource: Resource,
    parts: ApiContextOf,
    response: Response,
    mode: Mode = Mode.FULL,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    possible = mode if resource.lists_changes else Mode.FULL
    sync = await parts.requests.start(resource, possible, idempotency_key)
    note = "" if possible is mode else _NO_INCREMENT.format(resource)
    return accepted(parts, sync, response, note)


@router.get(
    "/syncs/{sync_id}",
    summary="One sync with its report",
    responses=problems(_404="no such sync", _503="the topics are still being read"),
)
async def show_sync(sync_id: str, parts: ApiContextOf) -> Report:
    if not parts.view.caught_up:
        raise NotCaughtUp
    sync = parts.view.find(sync_id)
    if sync is None:
        raise UnknownSync(sync_id)
    return parts.view.report(sync)


@router.post(
    "/syncs/{sync_id}/cancel",
    status_code=202,
    summary="Stop a sync",
    responses=problems(
        _404="no such sync", _409="it is not active, or fetched to its end", _503=AWAY
    ),
)
async def cancel_sync(sync_id: str, parts: ApiContextOf, response: Response) -> Accepted:
    return accepted(parts, await parts.requests.cancel(sync_id), response)


@router.post(
    "/syncs/{sync_id}/resume",
    status_code=202,
    summary="Go on with a failed or cancelled sync, for 24 hours",
    responses=problems(
        _404="no such sync", _409="it cannot be resumed, or another one is active", _503=AWAY
    ),
)
async def resume_sync(sync_id: str, parts: ApiContextOf, response: Response) -> Accepted:
    return accepted(parts, await parts.requests.resume(sync_id), response)

"""Start, show, cancel and resume syncs of a whole resource."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends

from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from services.gateway.api.dependencies import (
    CAUGHT_UP,
    CurrentCaller,
    IdempotencyKey,
    View,
    provided,
)
from services.gateway.api.responses import AcceptedResponse
from services.gateway.api.schemas import KAFKA_AWAY, NOT_READ, Accepted, problems
from services.gateway.commands.requests import SyncRequests
from services.gateway.views.progress import report_of
from services.gateway.views.schemas import Report

router = APIRouter(prefix="/api/hemis", tags=["syncs"], dependencies=[CAUGHT_UP])

Requests = Annotated[SyncRequests, provided(SyncRequests)]

_NO_INCREMENT = "HEMIS cannot list changed {} only: this is a full sync. "


@dataclass(frozen=True)
class _StartOptions:
    mode: Mode = Mode.FULL
    idempotency_key: IdempotencyKey = None


@router.post(
    "/sync/{resource}",
    status_code=202,
    summary="Start a sync of a whole resource",
    responses=problems(
        _409="another sync is active: its syncId is named",
        _422="a field is wrong, or the key belongs to another request",
        _503=KAFKA_AWAY,
    ),
)
async def start_sync(
    resource: Resource,
    requests: Requests,
    caller: CurrentCaller,
    accepted: AcceptedResponse,
    options: Annotated[_StartOptions, Depends()],
) -> Accepted:
    mode = options.mode if resource.lists_changes else Mode.FULL
    sync = await requests.start(resource, mode, options.idempotency_key, caller.name)
    return accepted(sync, "" if mode is options.mode else _NO_INCREMENT.format(resource))


@router.get(
    "/syncs/{sync_id}",
    summary="One sync with its report",
    responses=problems(_404="no such sync", _503=NOT_READ),
)
async def show_sync(sync_id: str, view: View) -> Report:
    return report_of(view.snapshot(view.require(sync_id)))


@router.post(
    "/syncs/{sync_id}/cancel",
    status_code=202,
    summary="Cancel a sync",
    responses=problems(
        _404="no such sync", _409="it is not active, or already fetched", _503=KAFKA_AWAY
    ),
)
async def cancel_sync(
    sync_id: str, requests: Requests, caller: CurrentCaller, accepted: AcceptedResponse
) -> Accepted:
    return accepted(await requests.cancel(sync_id, caller.name))


@router.post(
    "/syncs/{sync_id}/resume",
    status_code=202,
    summary="Resume a failed or cancelled sync, for 24 hours",
    responses=problems(
        _404="no such sync", _409="it cannot be resumed, or another one is active", _503=KAFKA_AWAY
    ),
)
async def resume_sync(
    sync_id: str, requests: Requests, caller: CurrentCaller, accepted: AcceptedResponse
) -> Accepted:
    return accepted(await requests.resume(sync_id, caller.name))

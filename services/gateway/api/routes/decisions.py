"""Decisions of people: on held removals, and to resume loading after too many rejects."""

from typing import Annotated

from fastapi import APIRouter

from libs.common.contracts.commands import ApproveRemovals, DiscardRemovals
from libs.common.contracts.resources import Resource
from services.gateway.api.dependencies import CAUGHT_UP, CurrentCaller, provided
from services.gateway.api.responses import AcceptedResponse
from services.gateway.api.schemas import KAFKA_AWAY, Accepted, problems
from services.gateway.commands.requests import SyncRequests

router = APIRouter(prefix="/api/hemis", tags=["decisions"], dependencies=[CAUGHT_UP])

Requests = Annotated[SyncRequests, provided(SyncRequests)]

_RESPONSES = problems(
    _404="no such sync", _409="nothing is held, or the opposite was decided", _503=KAFKA_AWAY
)


@router.post(
    "/syncs/{sync_id}/removals/approve",
    status_code=202,
    summary="Approve held removals: HEMIS is then asked for each row",
    responses=_RESPONSES,
)
async def approve_removals(
    sync_id: str, requests: Requests, caller: CurrentCaller, accepted: AcceptedResponse
) -> Accepted:
    sync = await requests.decide_removals(sync_id, ApproveRemovals, caller.name)
    return accepted(sync, "Approved. ")


@router.post(
    "/syncs/{sync_id}/removals/discard",
    status_code=202,
    summary="Discard held removals: the rows stay",
    responses=_RESPONSES,
)
async def discard_removals(
    sync_id: str, requests: Requests, caller: CurrentCaller, accepted: AcceptedResponse
) -> Accepted:
    sync = await requests.decide_removals(sync_id, DiscardRemovals, caller.name)
    return accepted(sync, "Discarded. ")


@router.post(
    "/loading/{resource}/resume",
    status_code=202,
    summary="Resume loading although more records were rejected than the limit allows",
    responses=problems(_409="loading of this resource is not paused", _503=KAFKA_AWAY),
)
async def resume_loading(
    resource: Resource, requests: Requests, caller: CurrentCaller, accepted: AcceptedResponse
) -> Accepted:
    return accepted(await requests.resume_loading(resource, caller.name))

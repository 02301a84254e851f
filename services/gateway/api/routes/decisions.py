"""What people decide: on removals that are held, and to go on after too many rejects."""

from fastapi import APIRouter, Response

from libs.common.contracts.commands import ApproveRemovals, DiscardRemovals
from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContextOf
from services.gateway.api.routes.syncs import AWAY, accepted
from services.gateway.api.schemas import Accepted, problems

router = APIRouter(prefix="/api/hemis", tags=["decisions"])

_RESPONSES = problems(
    _404="no such sync", _409="nothing is held, or the opposite was decided", _503=AWAY
)


@router.post(
    "/syncs/{sync_id}/removals/approve",
    status_code=202,
    summary="Go on with removals that are held: HEMIS is asked for each",
    responses=_RESPONSES,
)
async def approve_removals(sync_id: str, parts: ApiContextOf, response: Response) -> Accepted:
    sync = await parts.requests.decide_removals(sync_id, ApproveRemovals)
    return accepted(parts, sync, response, "Approved. ")


@router.post(
    "/syncs/{sync_id}/removals/discard",
    status_code=202,
    summary="Keep the rows whose removal is held",
    responses=_RESPONSES,
)
async def discard_removals(sync_id: str, parts: ApiContextOf, response: Response) -> Accepted:
    sync = await parts.requests.decide_removals(sync_id, DiscardRemovals)
    return accepted(parts, sync, response, "Discarded. ")


@router.post(
    "/loading/{resource}/resume",
    status_code=202,
    summary="Go on loading although more records were rejected than the limit allows",
    responses=problems(_409="loading of this resource is not paused", _503=AWAY),
)
async def resume_loading(resource: Resource, parts: ApiContextOf, response: Response) -> Accepted:
    return accepted(parts, await parts.requests.resume_loading(resource), response)

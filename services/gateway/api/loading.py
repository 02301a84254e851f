"""Go on after too many rejects."""

from fastapi import APIRouter, Response

from libs.common.contracts.resources import Resource
from services.gateway.api.answers import Accepted, problems
from services.gateway.api.parts import PartsOf
from services.gateway.api.syncs import AWAY, accepted

router = APIRouter(prefix="/api/hemis/loading", tags=["decisions"])


@router.post(
    "/{resource}/resume",
    status_code=202,
    summary="Go on loading although more records were rejected than the limit allows",
    responses=problems(_409="loading of this resource is not paused", _503=AWAY),
)
async def resume_loading(resource: Resource, parts: PartsOf, response: Response) -> Accepted:
    return accepted(parts, await parts.requests.resume_loading(resource), response)

"""What a resource's newest sync is doing."""

from fastapi import APIRouter

from libs.common.contracts.resources import Resource
from services.gateway.api.answers import problems
from services.gateway.api.parts import PartsOf
from services.gateway.errors import NotCaughtUp
from services.gateway.progress.shapes import Progress

router = APIRouter(prefix="/api/hemis", tags=["progress"])


@router.get(
    "/progress/{resource}",
    summary="Progress of the newest sync of a resource",
    responses=problems(_503="just started: the topics are still being read"),
)
async def show_progress(resource: Resource, parts: PartsOf) -> Progress:
    # Half-read topics would show numbers that go back.
    if not parts.view.caught_up:
        raise NotCaughtUp
    return parts.view.progress(resource)

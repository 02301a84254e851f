"""What a resource's newest sync is doing: asked for, or pushed."""

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContextOf
from services.gateway.api.schemas import problems
from services.gateway.errors import NotCaughtUp
from services.gateway.views.schemas import Progress

router = APIRouter(prefix="/api/hemis", tags=["progress"])


class _Events(StreamingResponse):
    # FastAPI's own class would encode each event once per reader.
    media_type = "text/event-stream"


# A proxy that collects the events before it passes them on would show them late.
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@router.get(
    "/progress/{resource}",
    summary="Progress of the newest sync of a resource",
    response_model=Progress,
    responses=problems(_503="just started: the topics are still being read"),
)
async def show_progress(resource: Resource, parts: ApiContextOf) -> Response:
    # Half-read topics would show numbers that go back.
    if not parts.view.caught_up:
        raise NotCaughtUp
    return Response(parts.feed.snapshots.of(resource).body, media_type="application/json")


@router.get(
    "/progress/{resource}/stream",
    summary="The same object as server-sent events, now and whenever it changes",
    description="Event `progress`; its `data` is the whole object, so nothing can be missed. "
    "A comment every 15 s where nothing changes. Stays open from sync to sync.",
    response_class=_Events,
)
async def stream_progress(resource: Resource, parts: ApiContextOf) -> _Events:
    return _Events(parts.feed.read(resource), headers=_UNBUFFERED)

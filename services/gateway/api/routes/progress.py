"""The progress of a resource's newest sync: on request, or as a stream."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.resources import Resource
from services.gateway.api.dependencies import CAUGHT_UP, provided
from services.gateway.api.schemas import NOT_READ, problems
from services.gateway.live.stream import ProgressStream
from services.gateway.views.schemas import Progress

router = APIRouter(prefix="/api/hemis", tags=["progress"])

Stream = Annotated[ProgressStream, provided(ProgressStream)]


class _Events(StreamingResponse):
    # FastAPI's own class would encode each event once per reader.
    media_type = "text/event-stream"


# Without these headers some proxies buffer the events and deliver them late.
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@router.get(
    "/progress/{resource}",
    summary="Progress of the newest sync of a resource",
    response_model=Progress,
    responses=problems(_503=NOT_READ),
    dependencies=[CAUGHT_UP],
)
async def show_progress(resource: Resource, stream: Stream) -> Response:
    return Response(stream.renderer.of(resource).body, media_type="application/json")


@router.get(
    "/progress/{resource}/stream",
    summary="The same object as server-sent events, now and whenever it changes",
    description="Event `progress`; its `data` is the whole object, so no change can be missed. "
    "A comment every 15 s while nothing changes. Stays open from sync to sync.",
    response_class=_Events,
)
async def stream_progress(resource: Resource, stream: Stream) -> _Events:
    return _Events(stream.read(resource), headers=_UNBUFFERED)

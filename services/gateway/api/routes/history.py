"""The history of syncs, and every error of one."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContextOf
from services.gateway.api.schemas import problems
from services.gateway.errors import NotCaughtUp, UnknownSync
from services.gateway.projection.history import newest_first, place_of, read_place, written
from services.gateway.projection.status import Status
from services.gateway.views.schemas import ApiModel, Report

router = APIRouter(prefix="/api/hemis", tags=["syncs"])

_LISTED_ERRORS = 10
_UNREAD = "the topics are still being read"


def checked_place(text: str) -> str:
    """Let a `next` through as it came; raises ValueError."""
    read_place(text)
    return text


class SyncPage(BaseModel):
    """Which syncs; what is left out fits all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resource: Resource | None = None
    status: Status | None = None
    limit: int = Field(50, ge=1, le=200)
    before: Annotated[str, AfterValidator(checked_place)] | None = Field(
        None, max_length=300, description="the `next` of the page before"
    )


class SyncList(ApiModel):
    items: list[Report] = Field(description="with the first 10 errors of each")
    next: str | None = Field(description="`before` of the next page; null: there is none")


class ErrorList(ApiModel):
    items: list[str]
    next: int | None = Field(description="`after` of the next page; null: there is none")


@router.get("/syncs", summary="Syncs, newest first", responses=problems(_503=_UNREAD))
async def list_syncs(page: Annotated[SyncPage, Query()], parts: ApiContextOf) -> SyncList:
    if not parts.view.caught_up:
        raise NotCaughtUp
    before = read_place(page.before) if page.before is not None else None
    projection, view = parts.view.projection, parts.view
    matching = (
        sync
        for sync in projection.unsettled()
        if page.resource in {None, sync.resource} and page.status in {None, view.status(sync)}
    )
    settled = projection.settled(before, page.resource, page.status)
    found = list(islice(newest_first(matching, before, settled), page.limit + 1))
    shown = found[: page.limit]
    following = written(place_of(shown[-1])) if len(found) > page.limit else None
    return SyncList(items=[_brief(parts.view.report(sync)) for sync in shown], next=following)


def _brief(report: Report) -> Report:
    more = len(report.errors) - _LISTED_ERRORS
    if more <= 0:
        return report
    rest = f"… and more: /api/hemis/syncs/{report.sync_id}/errors"
    return report.model_copy(update={"errors": [*report.errors[:_LISTED_ERRORS], rest]})


@router.get(
    "/syncs/{sync_id}/errors",
    summary="Every error of a sync, whatever became of its records later",
    responses=problems(_404="no such sync", _503=f"{_UNREAD}, or Kafka is away"),
)
async def list_errors(
    sync_id: str,
    parts: ApiContextOf,
    after: Annotated[int, Query(ge=0, lt=2**63, description="the `next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ErrorList:
    if not parts.view.caught_up:
        raise NotCaughtUp
    sync = parts.view.find(sync_id)
    if sync is None:
        raise UnknownSync(sync_id)
    page = await parts.stored_errors.page(sync, after, limit)
    return ErrorList(items=page.lines, next=page.next)

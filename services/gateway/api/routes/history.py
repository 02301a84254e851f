"""The history of syncs, and all errors of one."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from libs.common.contracts.resources import Resource
from services.gateway.api.dependencies import CAUGHT_UP, View, provided
from services.gateway.api.schemas import NOT_READ, PageCursor, problems
from services.gateway.live.stored_errors import StoredErrors
from services.gateway.views.history import (
    cursor_of,
    cursor_text,
    newest_first,
    page_of,
    parsed_cursor,
)
from services.gateway.views.progress import report_of
from services.gateway.views.schemas import ApiModel, Report
from services.gateway.views.status import Status

router = APIRouter(prefix="/api/hemis", tags=["syncs"], dependencies=[CAUGHT_UP])

_LISTED_ERRORS = 10


class SyncPage(BaseModel):
    """Selects syncs; a field that is left out matches all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resource: Resource | None = None
    status: Status | None = None
    limit: int = Field(50, ge=1, le=200)
    before: PageCursor = None


class SyncList(ApiModel):
    items: list[Report] = Field(description="with the first 10 errors of each")
    next: str | None = Field(description="`before` of the next page; null on the last page")


class ErrorList(ApiModel):
    items: list[str]
    next: int | None = Field(description="`after` of the next page; null on the last page")


@router.get("/syncs", summary="Syncs, newest first", responses=problems(_503=NOT_READ))
async def list_syncs(page: Annotated[SyncPage, Query()], view: View) -> SyncList:
    before = parsed_cursor(page.before) if page.before is not None else None
    matching = (
        sync
        for sync in view.projection.unsettled()
        if page.resource in {None, sync.resource} and page.status in {None, view.status(sync)}
    )
    settled = view.projection.settled.newest_first(before, page.resource, page.status)
    shown, last = page_of(newest_first(matching, before, settled), page.limit)
    reports = [_brief(report_of(view.snapshot(sync))) for sync in shown]
    return SyncList(items=reports, next=cursor_text(cursor_of(last)) if last is not None else None)


def _brief(report: Report) -> Report:
    more = len(report.errors) - _LISTED_ERRORS
    if more <= 0:
        return report
    rest = f"… and more: /api/hemis/syncs/{report.sync_id}/errors"
    return report.model_copy(update={"errors": [*report.errors[:_LISTED_ERRORS], rest]})


@router.get(
    "/syncs/{sync_id}/errors",
    summary="All errors of a sync, including those of records that were loaded later",
    responses=problems(_404="no such sync", _503=f"{NOT_READ}, or Kafka is away"),
)
async def list_errors(
    sync_id: str,
    view: View,
    stored_errors: Annotated[StoredErrors, provided(StoredErrors)],
    after: Annotated[int, Query(ge=0, lt=2**63, description="the `next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ErrorList:
    lines, following = await stored_errors.page(view.require(sync_id), after, limit)
    return ErrorList(items=lines, next=following)

"""Sync one person at once, and wait a little for the result."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFinished
from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContext, ApiContextOf, IdempotencyKey
from services.gateway.api.people import EmployeeWanted, StudentWanted
from services.gateway.api.problems import RecordProblem
from services.gateway.api.routes.syncs import accepted
from services.gateway.api.schemas import (
    Accepted,
    EmployeeSynced,
    RecordOutcome,
    RecordSynced,
    problems,
)
from services.gateway.commands.idempotency import fingerprint, require_same
from services.gateway.projection.status import Status, is_erased, status_of
from services.gateway.projection.sync_state import SyncState

router = APIRouter(prefix="/api/hemis/sync", tags=["single records"])

Seconds = Annotated[float, Query(ge=0, le=30, description="how long to wait for the result")]

# From the strongest: what happened to any of a person's positions happened to the person.
_STRENGTH: tuple[RecordOutcome, ...] = ("inserted", "updated", "unchanged", "rejected")
_PROBLEMS = {
    Outcome.NOT_FOUND: (404, "record_not_found"),
    Outcome.MISMATCH: (422, "record_mismatch"),
    Outcome.FAILED: (502, "hemis_failed"),
    Outcome.CANCELLED: (409, "sync_cancelled"),
}
_NOT_TAKEN = (503, "not_taken")
_ERASED = (409, "record_erased")
_RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": Accepted, "description": "Not finished yet"},
    **problems(
        _404="HEMIS does not know this person",
        _409="it was cancelled, or this person was erased here",
        _422="Wrong request, a key sent with another one, or identifiers of different people",
        _502="HEMIS did not answer as it should: the detail says what it did",
        _503="Kafka did not confirm, the gateway has just started, or no fetcher took the request",
    ),
}


@router.post(
    "/student",
    summary="Sync one student",
    response_model=RecordSynced,
    responses=_RESPONSES,
)
async def sync_student(
    wanted: StudentWanted,
    parts: ApiContextOf,
    wait: Seconds = 10,
    idempotency_key: IdempotencyKey = None,
) -> RecordSynced | JSONResponse:
    person = wanted.wanted()
    sync = await parts.requests.fetch(Resource.STUDENTS, person, idempotency_key)
    report = await _report(parts, sync, wait)
    require_same(sync, fingerprint(person, idempotency_key))
    if report is None:
        return _not_finished(parts, sync)
    return RecordSynced(**_synced(report, wanted.hemis_id))


@router.post(
    "/employee",
    summary="Sync one employee, with all positions",
    response_model=EmployeeSynced,
    responses=_RESPONSES,
)
async def sync_employee(
    wanted: EmployeeWanted,
    parts: ApiContextOf,
    wait: Seconds = 10,
    idempotency_key: IdempotencyKey = None,
) -> EmployeeSynced | JSONResponse:
    person = wanted.wanted()
    sync = await parts.requests.fetch(Resource.EMPLOYEES, person, idempotency_key)
    report = await _report(parts, sync, wait)
    require_same(sync, fingerprint(person, idempotency_key))
    if report is None:
        return _not_finished(parts, sync)
    return EmployeeSynced(**_synced(report, wanted.hemis_id), positions=report.distinct)


async def _report(parts: ApiContext, sync: SyncState, seconds: float) -> SyncFinished | None:
    """Wait for the loader's report; None where there is none yet.

    Raises:
        RecordProblem: there will be none.
    """
    await parts.view.until(lambda: not _status(parts, sync).active, seconds)
    status = _status(parts, sync)
    if status in {Status.FAILED, Status.CANCELLED}:
        outcome = sync.ended.outcome if sync.ended is not None else None
        code = _PROBLEMS.get(outcome, _NOT_TAKEN) if outcome is not None else _NOT_TAKEN
        if is_erased(sync):
            code = _ERASED
        raise RecordProblem(*code, parts.view.report(sync).message, sync.sync_id)
    return sync.facts.get(SyncFinished)


def _status(parts: ApiContext, sync: SyncState) -> Status:
    return status_of(sync, parts.view.now())


def _not_finished(parts: ApiContext, sync: SyncState) -> JSONResponse:
    response = Response()
    body = accepted(parts, sync, response)
    location = {"Location": response.headers["Location"]}
    return JSONResponse(body.model_dump(mode="json"), 202, location)


def _synced(report: SyncFinished, hemis_id: int | None) -> dict[str, Any]:
    # A record that the loader had counted before (the same in a full sync) changed nothing.
    happened = (outcome for outcome in _STRENGTH if getattr(report, outcome))
    return {
        "sync_id": report.sync_id,
        "hemis_id": report.hemis_ids[0] if report.hemis_ids else hemis_id,
        "outcome": next(happened, "unchanged"),
    }

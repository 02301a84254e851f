"""Sync one person, and wait a few seconds for the result."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFinished
from services.gateway.api.dependencies import (
    CAUGHT_UP,
    CurrentCaller,
    IdempotencyKey,
    View,
    WaitSeconds,
    provided,
)
from services.gateway.api.people import EmployeeWanted, StudentWanted
from services.gateway.api.problems import RecordProblem
from services.gateway.api.responses import AcceptedResponse
from services.gateway.api.schemas import (
    Accepted,
    EmployeeSynced,
    RecordOutcome,
    RecordSynced,
    problems,
)
from services.gateway.commands.idempotency import fingerprint, require_same
from services.gateway.commands.requests import SyncRequests
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.messages import message_of
from services.gateway.views.status import Status, is_erased, status_of

router = APIRouter(prefix="/api/hemis/sync", tags=["single records"], dependencies=[CAUGHT_UP])

# Strongest first: the strongest outcome of a person's positions is the outcome of the person.
_STRONGEST_FIRST: tuple[RecordOutcome, ...] = ("inserted", "updated", "unchanged", "rejected")
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
        _422="a field is wrong, the key belongs to another request, or the identifiers name"
        " different people",
        _502="HEMIS failed: the detail says how",
        _503="Kafka did not confirm, the gateway has just started, or no fetcher took the request",
    ),
}


@dataclass(frozen=True)
class _RecordSync:
    """Syncs one person on behalf of the caller."""

    view: View
    requests: Annotated[SyncRequests, provided(SyncRequests)]
    caller: CurrentCaller
    accepted: AcceptedResponse
    wait: WaitSeconds = 10
    idempotency_key: IdempotencyKey = None

    async def run(self, person: StudentWanted | EmployeeWanted) -> EmployeeSynced | JSONResponse:
        """Return the loader's result, or the response 202 if there is none in time.

        Raises:
            RecordProblem: the sync failed.
        """
        wanted, key = person.wanted(), self.idempotency_key
        sync = await self.requests.fetch(person.resource, wanted, key, self.caller.name)
        await self.view.wait_until(lambda: not self._status(sync).active, self.wait)
        if self._status(sync) in {Status.FAILED, Status.CANCELLED}:
            message = message_of(self.view.snapshot(sync))
            raise RecordProblem(*_problem(sync), message, sync.sync_id)
        require_same(sync, fingerprint(wanted, key))
        report = sync.facts.get(SyncFinished)
        return self._not_finished(sync) if report is None else _result(report, person.hemis_id)

    def _status(self, sync: SyncState) -> Status:
        return status_of(sync, self.view.now())

    def _not_finished(self, sync: SyncState) -> JSONResponse:
        body = self.accepted(sync).model_dump(mode="json")
        location = self.accepted.response.headers["Location"]
        return JSONResponse(body, 202, {"Location": location})


RecordSync = Annotated[_RecordSync, Depends()]


@router.post(
    "/student", summary="Sync one student", response_model=RecordSynced, responses=_RESPONSES
)
async def sync_student(wanted: StudentWanted, sync: RecordSync) -> RecordSynced | JSONResponse:
    return await sync.run(wanted)


@router.post(
    "/employee",
    summary="Sync one employee, with all positions",
    response_model=EmployeeSynced,
    responses=_RESPONSES,
)
async def sync_employee(wanted: EmployeeWanted, sync: RecordSync) -> EmployeeSynced | JSONResponse:
    return await sync.run(wanted)


def _problem(sync: SyncState) -> tuple[int, str]:
    if is_erased(sync):
        return _ERASED
    return _NOT_TAKEN if sync.ended is None else _PROBLEMS.get(sync.ended.outcome, _NOT_TAKEN)


def _result(report: SyncFinished, hemis_id: int | None) -> EmployeeSynced:
    """Return the result of a person; ``response_model`` leaves out the positions of a student."""
    # All counts are 0 if the record was already counted, for example by a full sync.
    outcomes = (outcome for outcome in _STRONGEST_FIRST if getattr(report, outcome))
    return EmployeeSynced(
        sync_id=report.sync_id,
        hemis_id=report.hemis_ids[0] if report.hemis_ids else hemis_id,
        outcome=next(outcomes, "unchanged"),
        positions=report.distinct,
    )

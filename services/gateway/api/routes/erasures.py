"""Erase one person for good, and list what was erased, by whom and when."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.resources import Resource
from services.gateway.api.dependencies import CAUGHT_UP, CurrentCaller, View, WaitSeconds, provided
from services.gateway.api.people import IdNumber, Person
from services.gateway.api.schemas import KAFKA_AWAY, NOT_READ, PageCursor, problems
from services.gateway.commands.erasures import ErasureRequests
from services.gateway.errors import NobodyErased
from services.gateway.projection.erasures import Erasure, ErasureState
from services.gateway.views.history import cursor_text, page_of, parsed_cursor
from services.gateway.views.schemas import ApiModel

router = APIRouter(prefix="/api/hemis/erasures", tags=["erasures"], dependencies=[CAUGHT_UP])

Erasures = Annotated[ErasureRequests, provided(ErasureRequests)]


class _ToErase(Person):
    """Exactly one of the two identifiers, since two could name different people."""

    confirm: Literal["erase"] = Field(description="there is no way back")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.hemis_id is None) == (self.id_number is None):
            raise ValueError(f"give hemis_id or {self.resource.number_field}, not both")
        return self


class StudentToErase(_ToErase):
    __doc__ = _ToErase.__doc__
    resource = Resource.STUDENTS

    student_id_number: IdNumber | None = None


class EmployeeToErase(_ToErase):
    __doc__ = _ToErase.__doc__
    resource = Resource.EMPLOYEES

    employee_id_number: IdNumber | None = None


class ErasureNoted(ApiModel):
    """Who requested an erasure, and when; not whose data it was."""

    erasure_id: str
    resource: Resource
    state: ErasureState
    requested_by: str | None = Field(description="name of the API key")
    requested_time: int
    erased_time: int | None
    records: int = Field(description="keys that got a tombstone: every position, and the person")
    message: str


class ErasureShown(ErasureNoted):
    hemis_id: int | None = Field(description="null until the person is erased")


class ErasureList(ApiModel):
    items: list[ErasureNoted]
    next: str | None = Field(description="`before` of the next page; null on the last page")


class ErasurePage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(50, ge=1, le=200)
    before: PageCursor = None


_RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": ErasureShown, "description": "Not done yet"},
    **problems(
        _403="erasing always needs a key that may change things, also while no keys are set",
        _409="nobody was erased: the detail says why",
        _503=KAFKA_AWAY,
    ),
}


@dataclass(frozen=True)
class _EraseCall:
    """Erases one person on behalf of the caller, and waits a few seconds for the result."""

    erasures: Erasures
    view: View
    caller: CurrentCaller
    response: Response
    wait: WaitSeconds = 10

    async def erase(self, wanted: _ToErase) -> ErasureShown:
        person = wanted.wanted()
        erasure = await self.erasures.erase(wanted.resource, person, self.caller.name)
        state = await self.erasures.wait_for_result(erasure, self.wait)
        shown = _shown(erasure, self.view.now())
        if state in {ErasureState.REFUSED, ErasureState.EXPIRED}:
            raise NobodyErased(shown.message)
        self.response.status_code = 200 if state is ErasureState.ERASED else 202
        # The audit log reads the erasure's address from this header.
        self.response.headers["Location"] = f"{router.prefix}/{erasure.erasure_id}"
        return shown


EraseCall = Annotated[_EraseCall, Depends()]


@router.post("/student", summary="Erase one student for good", responses=_RESPONSES)
async def erase_student(wanted: StudentToErase, call: EraseCall) -> ErasureShown:
    return await call.erase(wanted)


@router.post(
    "/employee", summary="Erase one employee for good, with all positions", responses=_RESPONSES
)
async def erase_employee(wanted: EmployeeToErase, call: EraseCall) -> ErasureShown:
    return await call.erase(wanted)


@router.get("", summary="Erasures of 90 days, newest first", responses=problems(_503=NOT_READ))
async def list_erasures(
    page: Annotated[ErasurePage, Query()], erasures: Erasures, view: View
) -> ErasureList:
    before = parsed_cursor(page.before) if page.before is not None else None
    older = (
        one
        for one in erasures.newest_first()
        if before is None or (one.at, one.erasure_id) < before
    )
    shown, last = page_of(older, page.limit)
    return ErasureList(
        items=[ErasureNoted(**_fields(one, view.now())) for one in shown],
        next=cursor_text((last.at, last.erasure_id)) if last is not None else None,
    )


@router.get(
    "/{erasure_id}",
    summary="One erasure",
    responses=problems(_404="no such erasure, or more than 90 days ago", _503=NOT_READ),
)
async def get_erasure(erasure_id: str, erasures: Erasures, view: View) -> ErasureShown:
    return _shown(erasures.find(erasure_id), view.now())


def _shown(erasure: Erasure, now: int) -> ErasureShown:
    erased = erasure.erased
    hemis_id = erased.hemis_id if erased is not None else None
    return ErasureShown(**_fields(erasure, now), hemis_id=hemis_id)


def _fields(erasure: Erasure, now: int) -> dict[str, Any]:
    erased, state = erasure.erased, erasure.state(now)
    is_done = state is ErasureState.ERASED
    return {
        "erasure_id": erasure.erasure_id,
        "resource": erasure.resource,
        "state": state,
        "requested_by": erasure.requested_by,
        "requested_time": erasure.at,
        "erased_time": erased.at if erased is not None and is_done else None,
        "records": erased.records if erased is not None else 0,
        "message": _message(erasure, state),
    }


def _message(erasure: Erasure, state: ErasureState) -> str:
    if state is ErasureState.WAITING:
        return _waiting_message(erasure)
    if erasure.erased is not None:
        keys = erasure.erased.records
        return f"Erased: {keys} key{'s' * (keys != 1)}. No sync and no rebuild brings them back"
    if erasure.refused is not None:
        return f"Nobody was erased: {erasure.refused.reason}"
    if state is ErasureState.EXPIRED:
        return "Nobody was erased: no fetcher took the request before it expired"
    return "Requested: waiting for the fetcher to erase the person"


def _waiting_message(erasure: Erasure) -> str:
    reason = erasure.remaining_row_reason
    if not reason:
        return (
            "Not erased yet: gone from the topics, the loader has not confirmed it for the tables"
        )
    return (
        "Not erased yet: gone from the topics, but a row is left in the tables:"
        f" {reason}. The loader tries again every ten seconds"
    )

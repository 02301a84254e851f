"""Erase one person for good, and look at what was erased, by whom and when."""

from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal, Self

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.resources import Resource
from services.gateway.api.context import ApiContext, ApiContextOf, CallerOf
from services.gateway.api.people import HemisId, IdNumber
from services.gateway.api.routes.history import checked_place
from services.gateway.api.routes.records import Seconds
from services.gateway.api.routes.syncs import AWAY
from services.gateway.api.schemas import problems
from services.gateway.commands.erasures import ErasureTarget
from services.gateway.errors import NobodyErased
from services.gateway.projection.erasures import Erasure, ErasureState
from services.gateway.projection.history import read_place, written
from services.gateway.views.schemas import ApiModel

router = APIRouter(prefix="/api/hemis/erasures", tags=["erasures"])

_UNREAD = "the topics are still being read"
_WORDS = {
    ErasureState.REQUESTED: "Requested: waiting for the fetcher to do it",
    ErasureState.EXPIRED: "Nobody was erased: no fetcher took the request before it expired",
}


class _ToErase(BaseModel):
    """Exactly one of the two: what is asked for twice could name two people."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    resource: ClassVar[Resource]

    hemis_id: HemisId | None = None
    confirm: Literal["erase"] = Field(description="there is no way back")

    @model_validator(mode="after")
    def _named(self) -> Self:
        number = self.resource.number_field
        if (self.hemis_id is None) == (getattr(self, number) is None):
            raise ValueError(f"give hemis_id or {number}, not both")
        return self

    def doomed(self) -> ErasureTarget:
        number = getattr(self, self.resource.number_field)
        return ErasureTarget(self.resource, self.hemis_id, number)


class StudentToErase(_ToErase):
    __doc__ = _ToErase.__doc__
    resource = Resource.STUDENTS

    student_id_number: IdNumber | None = None


class EmployeeToErase(_ToErase):
    __doc__ = _ToErase.__doc__
    resource = Resource.EMPLOYEES

    employee_id_number: IdNumber | None = None


class ErasureNoted(ApiModel):
    """Who had somebody erased, and when; not whom."""

    erasure_id: str
    resource: Resource
    state: ErasureState
    requested_by: str | None = Field(description="name of the API key")
    requested_time: int
    erased_time: int | None
    records: int = Field(description="keys that got a tombstone: every position, and the person")
    message: str


class ErasureShown(ErasureNoted):
    hemis_id: int | None = Field(description="null until somebody was erased")


class ErasureList(ApiModel):
    items: list[ErasureNoted]
    next: str | None = Field(description="`before` of the next page; null: there is none")


class ErasurePage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(50, ge=1, le=200)
    before: Annotated[str, AfterValidator(checked_place)] | None = Field(
        None, max_length=300, description="the `next` of the page before"
    )


_RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": ErasureShown, "description": "Not done yet"},
    **problems(
        _403="erasing needs a key that may change things, also while no keys are set",
        _409="nobody was erased: the detail says why",
        _503=AWAY,
    ),
}


@router.post("/student", summary="Erase one student for good", responses=_RESPONSES)
async def erase_student(
    wanted: StudentToErase,
    parts: ApiContextOf,
    caller: CallerOf,
    response: Response,
    wait: Seconds = 10,
) -> ErasureShown:
    erasure = await parts.erasing.erase(wanted.doomed(), caller.name)
    return await _result(parts, erasure, wait, response)


@router.post(
    "/employee", summary="Erase one employee for good, with all positions", responses=_RESPONSES
)
async def erase_employee(
    wanted: EmployeeToErase,
    parts: ApiContextOf,
    caller: CallerOf,
    response: Response,
    wait: Seconds = 10,
) -> ErasureShown:
    erasure = await parts.erasing.erase(wanted.doomed(), caller.name)
    return await _result(parts, erasure, wait, response)


@router.get("", summary="Erasures of 90 days, newest first", responses=problems(_503=_UNREAD))
async def list_erasures(page: Annotated[ErasurePage, Query()], parts: ApiContextOf) -> ErasureList:
    before = read_place(page.before) if page.before is not None else None
    found = parts.erasing.newest_first()
    older = (one for one in found if before is None or (one.at, one.erasure_id) < before)
    return _page(parts, older, page.limit)


@router.get(
    "/{erasure_id}",
    summary="One erasure",
    responses=problems(_404="no such erasure, or more than 90 days ago", _503=_UNREAD),
)
async def get_erasure(erasure_id: str, parts: ApiContextOf) -> ErasureShown:
    return _shown(parts, parts.erasing.find(erasure_id))


def _page(parts: ApiContext, older: Iterable[Erasure], limit: int) -> ErasureList:
    found = list(islice(older, limit + 1))
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return ErasureList(
        items=[ErasureNoted(**_fields(parts, one)) for one in shown],
        next=written((last.at, last.erasure_id)) if last is not None else None,
    )


async def _result(
    parts: ApiContext, erasure: Erasure, seconds: float, response: Response
) -> ErasureShown:
    state = await parts.erasing.outcome(erasure, seconds)
    shown = _shown(parts, erasure)
    if state in {ErasureState.REFUSED, ErasureState.EXPIRED}:
        raise NobodyErased(shown.message)
    response.status_code = 200 if state is ErasureState.ERASED else 202
    # The audit line names what is in it.
    response.headers["Location"] = f"{router.prefix}/{erasure.erasure_id}"
    return shown


def _shown(parts: ApiContext, erasure: Erasure) -> ErasureShown:
    erased = erasure.erased
    fields = _fields(parts, erasure)
    return ErasureShown(**fields, hemis_id=erased.hemis_id if erased is not None else None)


def _fields(parts: ApiContext, erasure: Erasure) -> dict[str, Any]:
    erased = erasure.erased
    state = erasure.state(parts.view.now())
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
        return _waiting(erasure)
    if erasure.erased is not None:
        keys = erasure.erased.records
        return f"Erased: {keys} key{'s' * (keys != 1)}. No sync and no rebuild brings them back"
    if erasure.refused is not None:
        return f"Nobody was erased: {erasure.refused.reason}"
    return _WORDS[state]


def _waiting(erasure: Erasure) -> str:
    """Say why rows of the person are left."""
    if not erasure.waits_for:
        return "Not erased yet: gone from the topics, the loader has not answered for the tables"
    return (
        "Not erased yet: gone from the topics, but a row is left in the tables:"
        f" {erasure.waits_for}. The loader tries again every ten seconds"
    )

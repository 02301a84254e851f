"""A browser's session: a cookie instead of a key, since an EventSource cannot send headers."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.gateway.api.dependencies import CurrentCaller, provided
from services.gateway.api.schemas import problems
from services.gateway.security.access import Access
from services.gateway.security.keys import Role
from services.gateway.security.sessions import COOKIE, LIFETIME_SECONDS
from services.gateway.views.schemas import ApiModel

router = APIRouter(prefix="/api/hemis", tags=["session"])


class SessionWanted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[SecretStr, Field(min_length=1, max_length=512)]


class Who(ApiModel):
    """The owner of the key or session of this request."""

    name: str | None = Field(description="of the key; null while no keys are set")
    role: Role


@router.get("/session", summary="Who I am, and what I may do")
async def show_session(caller: CurrentCaller) -> Who:
    return Who(name=caller.name, role=caller.role)


@router.post(
    "/session",
    status_code=204,
    summary="Begin a session with a key",
    responses=problems(
        _401="the key is unknown", _409="no keys are set", _429="too many wrong keys from here"
    ),
)
async def begin_session(
    wanted: SessionWanted,
    request: Request,
    response: Response,
    access: Annotated[Access, provided(Access)],
) -> None:
    response.set_cookie(
        COOKIE,
        access.begin_session(request, wanted.key.get_secret_value()),
        max_age=LIFETIME_SECONDS,
        httponly=True,
        samesite="strict",
        path=_path(request),
        secure=request.scope["scheme"] == "https",
    )


@router.delete("/session", status_code=204, summary="End the session")
async def end_session(request: Request, response: Response) -> None:
    response.delete_cookie(COOKIE, _path(request), httponly=True, samesite="strict")


def _path(request: Request) -> str:
    """Return the cookie's path, so that other applications on the host do not get it."""
    return str(request.scope["root_path"]) or "/"

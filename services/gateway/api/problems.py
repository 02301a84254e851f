"""Turns every error into an RFC 9457 problem document, those of the framework too."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException
from typing_extensions import override

from services.gateway.errors import NoKey, RequestRefused, TooManyWrongKeys
from services.gateway.views.schemas import ApiModel

_RETRY_SECONDS = 5


class WrongField(ApiModel):
    field: str
    problem: str


class Problem(ApiModel):
    """What went wrong: ``detail`` for people, ``code`` for programs."""

    type: str = Field(examples=["urn:hemis-sync:problem:sync_active"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str
    code: str = Field(examples=["sync_active"])
    sync_id: str | None = Field(None, description="the sync that the problem is about")
    errors: list[WrongField] | None = Field(None, description="every wrong field of the request")


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"

    @override
    def render(self, content: Any) -> bytes:
        # ASCII only: the name of a field may contain lone surrogates.
        return json.dumps(content, separators=(",", ":")).encode()


class RecordProblem(RequestRefused):
    """A single record that was not synced; each has its own status and code."""

    def __init__(self, http_status: int, code: str, text: str, sync_id: str) -> None:
        super().__init__(text, sync_id)
        self.http_status = http_status
        self.code = code


def problem_response(
    status: int,
    code: str,
    detail: str,
    **more: Any,  # noqa: ANN401 — fields of Problem
) -> ProblemResponse:
    problem = Problem(
        type=f"urn:hemis-sync:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        **more,
    )
    headers = (
        {"Retry-After": str(_RETRY_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    )
    return ProblemResponse(problem.model_dump(exclude_none=True), status, headers)


def install_problems(app: FastAPI) -> None:
    """Install the handlers that turn errors into problem documents."""
    app.exception_handler(RequestRefused)(_refused)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_framework)
    app.exception_handler(Exception)(_unexpected)


async def _refused(_: Request, error: RequestRefused) -> ProblemResponse:
    return refusal_response(error)


def refusal_response(error: RequestRefused) -> ProblemResponse:
    response = problem_response(error.http_status, error.code, str(error), sync_id=error.sync_id)
    if isinstance(error, TooManyWrongKeys):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, NoKey):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _invalid(_: Request, error: RequestValidationError) -> ProblemResponse:
    if any(one["loc"][0] == "path" for one in error.errors()):
        return problem_response(
            404, "not_found", "There is nothing at this address: see /docs for all addresses."
        )
    wrong = [_wrong_field(one) for one in error.errors()]
    detail = "; ".join(f"{one.field}: {one.problem}" for one in wrong)
    return problem_response(422, "invalid_request", detail, errors=wrong)


def _wrong_field(error: dict[str, Any]) -> WrongField:
    if error["type"] == "json_invalid":
        return WrongField(field="body", problem="is not JSON")
    field = ".".join(map(str, error["loc"][1:])) or "body"
    return WrongField(field=field, problem=error["msg"].removeprefix("Value error, "))


async def _framework(_: Request, error: HTTPException) -> ProblemResponse:
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # The body is not even text; the framework reports that differently from invalid JSON.
        wrong = WrongField(field="body", problem="is not JSON")
        return problem_response(422, "invalid_request", "body: is not JSON", errors=[wrong])
    status = HTTPStatus(error.status_code)
    response = problem_response(status, status.name.lower(), str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _unexpected(_: Request, __: Exception) -> ProblemResponse:
    return problem_response(
        500, "internal_error", "The gateway failed unexpectedly: its log says how."
    )

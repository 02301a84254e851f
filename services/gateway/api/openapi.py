"""Completes the OpenAPI document: media type of problems, refusals, and security schemes."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from services.gateway.api.problems import Problem, ProblemResponse
from services.gateway.api.schemas import problems
from services.gateway.security.access import GUARDED, READING, SESSION_PATH, Access
from services.gateway.security.sessions import COOKIE

_PROBLEM = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key of GATEWAY_API_KEYS"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_REFUSALS = problems(
    _401="no key, no session, or an unknown key", _429="too many wrong keys from this address"
)
_CHANGE_REFUSALS = problems(
    _403="the key is read-only, or a page of another origin sent the request"
)
_NOT_FOUND = problems(_404="there is nothing at this address")


def complete_contract(app: FastAPI, access: Access) -> None:
    """Complete the document when it is first requested.

    That takes 0.3 s, which a start need not wait for.
    """
    make = app.openapi

    @cache
    def completed() -> dict[str, Any]:
        contract = make()
        _complete(contract, access)
        return contract

    app.openapi = completed  # type: ignore[method-assign]  # the way that FastAPI documents


def _complete(contract: dict[str, Any], access: Access) -> None:
    if not access.is_open:
        contract["components"]["securitySchemes"] = _SCHEMES
    for path, operations in contract["paths"].items():
        for verb, operation in operations.items():
            reads = verb.upper() in READING
            if path.startswith(GUARDED):
                _add_refusals(operation["responses"], path, reads=reads)
                if not access.is_open and (path != SESSION_PATH or reads):
                    operation["security"] = [{name: []} for name in _SCHEMES]
            _set_problem_media_type(operation["responses"])


def _add_refusals(responses: dict[str, Any], path: str, *, reads: bool) -> None:
    """Add the refusals that every operation under ``/api/`` may answer."""
    refusals = _REFUSALS | ({} if reads else _CHANGE_REFUSALS) | (_NOT_FOUND if "{" in path else {})
    for status, described in refusals.items():
        content = {"application/json": _PROBLEM}
        response = {"description": described["description"], "content": content}
        responses.setdefault(str(status), response)


def _set_problem_media_type(responses: dict[str, Any]) -> None:
    for response in responses.values():
        content = response.get("content", {})
        for media_type in list(content):
            model = content[media_type].get("schema", {}).get("$ref", "")
            if model.endswith(f"/{Problem.__name__}"):
                content[ProblemResponse.media_type] = content.pop(media_type)

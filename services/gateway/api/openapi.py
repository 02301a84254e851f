"""What FastAPI cannot be told: problem documents' media type, and who may call what."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from services.gateway.api.problems import Problem, ProblemResponse
from services.gateway.api.schemas import problems
from services.gateway.security.access import GUARDED, READING, SESSION_PATH, Access
from services.gateway.security.sessions import COOKIE

Answers = dict[int | str, dict[str, Any]]

_PROBLEM = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key of GATEWAY_API_KEYS"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_REFUSALS = problems(
    _401="no key, no session, or an unknown key", _429="too many wrong keys came from this address"
)
_CHANGE_REFUSALS = problems(_403="the key may only look, or a foreign page asks")
_NOTHING_THERE = problems(_404="there is nothing at this address")


def complete_contract(app: FastAPI, access: Access) -> None:
    """Have the application's contract completed when it is first asked for.

    It takes 0.3 s, a fifth of a start, which need not wait for it.
    """
    make = app.openapi

    @cache
    def completed() -> dict[str, Any]:
        contract = make()
        _complete(contract, access)
        return contract

    app.openapi = completed  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(contract: dict[str, Any], access: Access) -> None:
    for path, operations in contract["paths"].items():
        for verb, operation in operations.items():
            if path.startswith(GUARDED):
                _name(_refusals(path, verb.upper()), operation["responses"])
            _name_problems(operation["responses"])
    if not access.is_open:
        _name_keys(contract)


def _refusals(path: str, method: str) -> Answers:
    """Give what any operation of that kind may answer, whatever it does."""
    changing = {} if method in READING else _CHANGE_REFUSALS
    return _REFUSALS | changing | (_NOTHING_THERE if "{" in path else {})


def _name(refusals: Answers, answers: dict[str, Any]) -> None:
    for status, described in refusals.items():
        content = {"application/json": _PROBLEM}
        answer = {"description": described["description"], "content": content}
        answers.setdefault(str(status), answer)


def _name_problems(answers: dict[str, Any]) -> None:
    for answer in answers.values():
        content = answer.get("content", {})
        for media_type in list(content):
            model = content[media_type].get("schema", {}).get("$ref", "")
            if model.endswith(f"/{Problem.__name__}"):
                content[ProblemResponse.media_type] = content.pop(media_type)


def _name_keys(contract: dict[str, Any]) -> None:
    contract["components"]["securitySchemes"] = _SCHEMES
    for path, operations in contract["paths"].items():
        for verb, operation in operations.items():
            is_sign_in = path == SESSION_PATH and verb.upper() not in READING
            if path.startswith(GUARDED) and not is_sign_in:
                operation["security"] = [{name: []} for name in _SCHEMES]

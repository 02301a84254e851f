"""Masks a record: only its structure, its types and its ids remain. Pure."""

import json
from typing import Any

import msgspec

from libs.common.contracts.records import usable_id

TEXT = "<text>"
NUMBER = "<number>"
NESTED = "<nested>"
_IDS = frozenset({"id", "meta_id"})
_MAX_DEPTH = 16


class NotReadable(ValueError):
    """Not JSON, or nested too deeply."""


def parsed(value: bytes) -> Any:  # noqa: ANN401 — any JSON
    """Parse what HEMIS sent, including some invalid JSON.

    Raises:
        NotReadable: it is no JSON at all.
    """
    try:
        # Python's parser accepts lone surrogates, NaN and control characters, which often are why
        # a record was rejected.
        found = json.loads(value.decode(errors="replace"), strict=False)
    except (ValueError, RecursionError):
        raise NotReadable from None
    return found


def masked(value: Any, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 — any JSON
    """Replace every text and number except ids by the name of its type."""
    match value:
        case dict() | list() if depth > _MAX_DEPTH:
            return NESTED
        case dict():
            return {
                key.encode(errors="replace").decode(): masked(inner, key, depth + 1)
                for key, inner in value.items()
            }
        case list():
            return [masked(inner, name, depth + 1) for inner in value]
        case bool() | None | "":
            return value
        case _ if name in _IDS and usable_id(value) is not None:
            return value
        case _:
            return TEXT if isinstance(value, str) else NUMBER


def full_value(value: bytes) -> Any:  # noqa: ANN401 — any JSON
    """Return the parsed value if it is strict JSON, otherwise its text."""
    try:
        msgspec.json.decode(value)
        found = json.loads(value)
        # The response encoder accepts less depth than the parser.
        return found if _is_shallow(found) else value.decode(errors="replace")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return value.decode(errors="replace")


def _is_shallow(value: Any, depth: int = 0) -> bool:  # noqa: ANN401 — any JSON
    if depth > 4 * _MAX_DEPTH:
        return False
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_is_shallow(one, depth + 1) for one in inner)

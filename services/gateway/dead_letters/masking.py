"""What may be shown of a record: its structure and types, ids, and nothing else. Pure."""

import json
from typing import Any

import msgspec

from libs.common.contracts.records import usable_id

TEXT = "<text>"
NUMBER = "<number>"
NESTED = "<nested>"
_IDS = frozenset({"id", "meta_id"})
_DEEPEST = 16


class NotReadable(ValueError):
    """No JSON, or nested beyond all reason."""


def parsed(value: bytes) -> Any:  # noqa: ANN401 — any JSON
    """Read what HEMIS sent, also where it is not quite JSON.

    Raises:
        NotReadable: it cannot be.
    """
    try:
        # Python's own reader also takes half a surrogate pair, NaN and control characters: it is
        # such records that are buried.
        found = json.loads(value.decode(errors="replace"), strict=False)
    except (ValueError, RecursionError):
        raise NotReadable from None
    return found


def masked(value: Any, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 — any JSON
    """Put a word for its type in the place of every text and number but ids."""
    match value:
        case dict() | list() if depth > _DEEPEST:
            return NESTED
        case dict():
            return {_name(key): masked(inner, key, depth + 1) for key, inner in value.items()}
        case list():
            return [masked(inner, name, depth + 1) for inner in value]
        case bool() | None | "":
            return value
        case _ if name in _IDS and usable_id(value) is not None:
            return value
        case _:
            return TEXT if isinstance(value, str) else NUMBER


def in_full(value: bytes) -> Any:  # noqa: ANN401 — any JSON
    """Give the value itself where it is strict JSON, and its text where it is not."""
    try:
        msgspec.json.decode(value)
        found = json.loads(value)
        # Whoever writes the answer goes less deep than whoever read the value.
        return found if _is_shallow(found) else value.decode(errors="replace")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return value.decode(errors="replace")


def _name(key: str) -> str:
    return key.encode(errors="replace").decode()


def _is_shallow(value: Any, depth: int = 0) -> bool:  # noqa: ANN401 — any JSON
    if depth > 4 * _DEEPEST:
        return False
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_is_shallow(one, depth + 1) for one in inner)

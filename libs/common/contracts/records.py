"""Records as other systems read them: key, headers and time; the value is HEMIS's own bytes."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from libs.common.contracts.resources import Resource
from libs.common.contracts.times import rfc3339

Headers = tuple[tuple[str, bytes], ...]

MAX_ID = 2**63 - 1

ERASED = ("erased", b"true")
"""Header of a tombstone that erases a person: no reader may keep anything of the person."""
_POSITION_PARTS = (
    ("department", "id"),
    ("staffPosition", "code"),
    ("employmentForm", "code"),
    ("employmentStaff", "code"),
    ("contract_number", ""),
)
KEY_FIELDS = ("id", "meta_id", *(name for name, _ in _POSITION_PARTS))
"""The fields of an item that its key is derived from."""
_MAX_DIGITS = len(str(MAX_ID))


class RecordOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record came from: the request, and its place in the response."""

    resource: Resource
    sync_id: str
    page: int
    place: int
    source: str
    """HEMIS's base address."""
    ce_time: int
    """When the request was sent, in unix milliseconds; it never decreases."""


def is_empty_value(value: object) -> bool:
    """Tell whether this means "no value": null, false, or an empty text, list or object.

    HEMIS is written in PHP, which sends one for the other; 0 is a number.
    """
    return value is None or value is False or value in ("", [], {})


def usable_id(value: object) -> int | None:
    """Read an id: an integer from 1 to 2⁶³−1, or the same as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ID:
        return value
    return None


def record_key(resource: Resource, hemis_id: int, item: Mapping[str, Any]) -> str:
    """``50421``, or ``1826:2600`` for a position."""
    if resource.keyed_by_position:
        return f"{hemis_id}:{position_key(hemis_id, item)}"
    return str(hemis_id)


def split_key(key: str) -> tuple[str, str]:
    """Split a record's key into the person's id and the position's key, which may be empty."""
    person, _, position = key.partition(":")
    return person, position


def position_key(hemis_id: int, item: Mapping[str, Any]) -> str:
    """Return ``meta_id``; without it, ``x`` and 16 hex digits, a hash of the position's fields."""
    meta_id = usable_id(item.get("meta_id"))
    if meta_id is not None:
        return str(meta_id)
    parts = (str(hemis_id), *(_part(item.get(name), part) for name, part in _POSITION_PARTS))
    return "x" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _part(value: Any, part: str) -> str:  # noqa: ANN401 — any JSON
    found = value.get(part) if isinstance(value, Mapping) else value
    return "" if is_empty_value(found) else str(found)


def content_hash(value: bytes) -> str:
    """SHA-256 of the value's bytes, in hex."""
    return hashlib.sha256(value).hexdigest()


def record_headers(origin: RecordOrigin, key: str, value: bytes) -> Headers:
    """Return the headers of CloudEvents' Kafka binding in binary mode, and our own.

    Source: CloudEvents 1.0.2, Kafka protocol binding §3.2 (``ce_`` prefix, UTF-8 values).
    """
    texts = {
        "ce_specversion": "1.0",
        "ce_id": f"{origin.sync_id}/{origin.page}/{origin.place}",
        "ce_type": origin.resource.record_type,
        "ce_source": origin.source,
        "ce_subject": key,
        "ce_time": rfc3339(origin.ce_time),
        "content-type": "application/json",
        "sync_id": origin.sync_id,
        "page": str(origin.page),
        "content_hash": content_hash(value),
    }
    return tuple((name, text.encode()) for name, text in texts.items())

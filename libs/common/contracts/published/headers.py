"""Headers and keys of the messages, as schemas. Header values are UTF-8 text."""

from collections.abc import Mapping
from typing import Any

from libs.common.contracts.records import ERASED
from libs.common.contracts.resources import Resource

Schema = dict[str, Any]

_ID = "[1-9][0-9]{0,18}"
_SYNC_ID: Schema = {"type": "string", "description": "The sync that brought it.", "minLength": 1}


def record_key_schema(resource: Resource) -> Schema:
    if resource.keyed_by_position:
        return _text(
            "`hemis_id:position_key`: one position of a person; the position's `meta_id`, or where "
            "HEMIS sends none `x` and the first 16 hex digits of SHA-256 of `id|department.id|"
            "staffPosition.code|employmentForm.code|employmentStaff.code|contract_number`, absent "
            "parts empty.",
            f"^{_ID}:({_ID}|x[0-9a-f]{{16}})$",
        )
    return _text("`hemis_id` in decimal.", f"^{_ID}$")


def gone_headers_schema(resource: Resource) -> Schema:
    """Return the headers of a record, and the one that only a tombstone can have."""
    schema = record_headers_schema(resource)
    name, value = ERASED
    erased = {
        "type": "string",
        "const": value.decode(),
        "description": "Only set if the university erased the person, who may still be in HEMIS. "
        "Delete everything about them; no record of them will follow.",
    }
    return {**schema, "properties": {**schema["properties"], name: erased}}


def record_headers_schema(resource: Resource) -> Schema:
    """Return CloudEvents' headers (Kafka binding, binary mode) and ours, also of tombstones."""
    return _all_of(
        {
            "ce_specversion": {"const": "1.0", "type": "string"},
            "ce_id": _text(
                "`<sync_id>/<page>/<place>`; with `ce_source` unique.", "^.+/\\d+/\\d+$"
            ),
            "ce_type": {"const": resource.record_type, "type": "string"},
            "ce_source": _text("HEMIS's base address.", "^https?://"),
            "ce_subject": {**record_key_schema(resource), "description": "The key."},
            "ce_time": _text(
                "When the record was requested from HEMIS: RFC 3339, UTC, milliseconds. "
                "It is the record's version and never goes back within a topic.",
                "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
            ),
            "content-type": {"const": "application/json", "type": "string"},
            "sync_id": _SYNC_ID,
            "page": _text("Page of HEMIS's list; 0 if it came from no list.", "^\\d+$"),
            "content_hash": _text("SHA-256 of the value's bytes, in hex.", "^[0-9a-f]{64}$"),
        }
    )


def dead_letter_headers_schema() -> Schema:
    return _all_of(
        {
            "original_key": {"type": "string", "description": "Empty without a usable id."},
            "resource": {"$ref": "#/components/schemas/Resource"},
            "code": _text("The reason, for programs.", "^[a-z0-9_]+$"),
            "reason": _text("The reason, in words; names the field, never its value.", "^."),
            "sync_id": {"type": "string", "description": "The sync that brought it."},
            "buried_at": _text("Unix milliseconds.", "^\\d+$"),
        }
    )


def dead_letter_key_schema() -> Schema:
    return _text(
        "`<topic>-<partition>-<offset>` of the record, so a repetition replaces it; without "
        "a usable id `<topic>-<sync>-<SHA-256 of the bytes>`.",
        "^.+-.+-([0-9]+|[0-9a-f]{64})$",
    )


def _text(words: str, pattern: str) -> Schema:
    return {"type": "string", "description": words, "pattern": pattern}


def _all_of(headers: Mapping[str, Schema]) -> Schema:
    """Return an open schema: headers may be added."""
    return {"type": "object", "properties": dict(headers), "required": list(headers)}

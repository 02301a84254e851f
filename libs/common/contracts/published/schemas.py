"""JSON Schemas (2020-12) of our own messages, from the classes that encode them."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from libs.common.contracts.commands import Command
from libs.common.contracts.events import Event
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.published.field_docstrings import field_docstrings
from libs.common.contracts.records import MAX_ID
from libs.common.contracts.resources import Resource

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

COMMAND_CLASSES = get_args(Command)
EVENT_CLASSES = get_args(Event)

_OPEN = "Fields and enum values may be added: ignore those you do not know."
_NO_NOTE = {"title", "description", "required"}
_ID: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MAX_ID},
        {"type": "string", "pattern": "^0*[1-9][0-9]{0,18}$", "maxLength": 19},
    ],
}


def own_schemas() -> dict[str, Schema]:
    """Return a schema for every command, event and heartbeat, and for their nested types."""
    classes = (*COMMAND_CLASSES, *EVENT_CLASSES, Beat)
    _, found = msgspec.json.schema_components(classes, ref_template="#/components/schemas/{name}")
    for kind in classes:
        found[kind.__name__]["description"] = f"{_purpose(kind)} {_OPEN}".strip()
    for kind in _structs(classes, found):
        _describe(found[kind.__name__], kind)
    return found


def item_schemas() -> dict[str, Schema]:
    return {resource.item.__name__: _item_schema(resource.item) for resource in Resource}


def standing_alone(name: str, schemas: Mapping[str, Schema]) -> Schema:
    """Return a schema that includes all schemas it refers to."""
    parts = {part: schemas[part] for part in sorted(_needed(schemas[name], schemas))}
    whole = {"$schema": DIALECT, **schemas[name]} | ({"$defs": parts} if parts else {})
    alone: Schema = _moved(whole, "#/components/schemas/", "#/$defs/")
    return alone


def _structs(classes: tuple[type, ...], found: Mapping[str, Schema]) -> list[type]:
    """Return the classes, and the structs in their fields that have a schema."""
    inside = [
        inner
        for kind in classes
        for field in msgspec.structs.fields(kind)
        for inner in (field.type, *get_args(field.type))
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct)
    ]
    return [kind for kind in dict.fromkeys((*classes, *inside)) if kind.__name__ in found]


def _purpose(kind: type) -> str:
    # Not inherited: the docstring of a base class describes all its subclasses.
    return " ".join((kind.__dict__.get("__doc__") or "").split())


def _describe(schema: Schema, kind: type) -> None:
    for name, words in field_docstrings(kind).items():
        if name in schema.get("properties", {}):
            of = schema["properties"][name]
            schema["properties"][name] = {"description": words, **of}


def _item_schema(kind: type[msgspec.Struct]) -> Schema:
    """Promise only the id; ``x-usually`` notes what HEMIS usually sends."""
    _, known = msgspec.json.schema_components((kind,), ref_template="#/components/schemas/{name}")
    words = field_docstrings(kind)
    properties = {
        name: ({"description": words[name]} if name in words else {})
        | (_ID if name == "id" else {"x-usually": _inlined(usual, known)})
        for name, usual in known[kind.__name__]["properties"].items()
    }
    return {
        "title": kind.__name__,
        "description": f"{_purpose(kind)} As HEMIS sent it, byte for byte. Only `id` is certain; "
        "`x-usually` says what HEMIS usually sends.",
        "type": "object",
        "properties": properties,
        "required": ["id"],
    }


def _inlined(node: Any, known: Mapping[str, Schema]) -> Any:  # noqa: ANN401 — any JSON
    match node:
        case {"$ref": str(name)}:
            return _inlined(known[name.rpartition("/")[2]], known)
        case dict():
            return {k: _inlined(v, known) for k, v in node.items() if k not in _NO_NOTE}
        case list():
            return [_inlined(inner, known) for inner in node]
        case _:
            return node


def _needed(node: Any, schemas: Mapping[str, Schema]) -> set[str]:  # noqa: ANN401 — any JSON
    match node:
        case {"$ref": str(name)}:
            part = name.rpartition("/")[2]
            return {part} | _needed(schemas[part], schemas)
        case dict():
            return set().union(*(_needed(inner, schemas) for inner in node.values()))
        case list():
            return set().union(*(_needed(inner, schemas) for inner in node))
        case _:
            return set()


def _moved(node: Any, old: str, new: str) -> Any:  # noqa: ANN401 — any JSON
    match node:
        case {"$ref": str(name)}:
            return {**node, "$ref": name.replace(old, new)}
        case dict():
            return {name: _moved(inner, old, new) for name, inner in node.items()}
        case list():
            return [_moved(inner, old, new) for inner in node]
        case _:
            return node

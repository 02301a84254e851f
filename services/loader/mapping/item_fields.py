"""The columns of a list, derived from the class that describes its items."""

import re
from collections.abc import Sequence
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from libs.common.contracts.items import Id, Number, Reference, Seconds, Text
from services.loader.mapping.column_types import (
    BIGINT,
    BOOLEAN,
    LISTING,
    MOMENT,
    NUMERIC,
    TEXT,
    ColumnType,
)
from services.loader.mapping.exact_json import Json
from services.loader.mapping.fields import Field, Leftovers, classifier, parts, scalar
from services.loader.mapping.unknown_fields import Known

_COLUMN_TYPES: dict[Any, ColumnType] = {
    Text: TEXT,
    Id: BIGINT,
    int | str: BIGINT,
    Number: NUMERIC,
    Seconds: MOMENT,
    bool | None: BOOLEAN,
}
_OUR_NAMES = {
    "id": "hemis_id",
    "created_at": "source_created_at",
    "updated_at": "source_updated_at",
}
_PART_COLUMNS = ("id", "name", "code")
_PAIR = ["code", "name"]


def fields_of_item(item: type[msgspec.Struct]) -> list[Field]:
    """Return a mapping for every field of the class.

    Raises:
        TypeError: a field has a type that has no column; the list needs a mapping of its own.
    """
    types = get_type_hints(item, include_extras=True)
    return [_field(item, name, types[name]) for name in item.__struct_fields__]


def _field(item: type[msgspec.Struct], source: str, declared: Any) -> Field:  # noqa: ANN401 — a type
    name = _OUR_NAMES.get(source) or re.sub(r"([A-Z])", r"_\1", source).lower().lstrip("_")
    if declared == Reference:
        return _reference(source, f"{name}_id", item)
    if declared == Id and not name.endswith("_id"):
        name = f"{name}_id"
    if declared in _COLUMN_TYPES:
        return scalar(name, _COLUMN_TYPES[declared], source)
    inner = next(kind for kind in get_args(declared) if kind is not NoneType)
    if get_origin(inner) is tuple:
        return scalar(name, LISTING, source)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        return _object(source, name, inner.__struct_fields__)
    raise TypeError(f"{item.__name__}.{source}: no column for {declared}")


def _object(source: str, name: str, names: Sequence[str]) -> Field:
    """Give ``id``, ``name`` and ``code`` a column each; the other parts stay in ``extra``."""
    columns = [part for part in names if part in _PART_COLUMNS]
    others = [part for part in names if part not in _PART_COLUMNS]
    if columns == _PAIR:
        return classifier(source, name, *others)
    return parts(source, name, *columns, without_column=others)


def _reference(source: str, column: str, item: type[msgspec.Struct]) -> Field:
    """Read the id of another item of the list; some versions send the whole item."""

    def read(value: Json, leftovers: Leftovers) -> Sequence[Any]:
        if type(value) is dict:
            whole, value = value, value.pop("id", None)
            if whole:
                leftovers[source] = whole
        return (BIGINT.read(value),)

    known: Known = {part: {} for part in item.__struct_fields__}
    return Field(source, (column,), (BIGINT,), read, known=known)

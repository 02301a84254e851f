"""Counts the fields of items and their JSON types, page by page in any order. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from operator import add
from types import MappingProxyType, NoneType
from typing import Any

import msgspec

from libs.common.contracts.item_shapes import Counts, FieldType, Shape, readable

COUNTED = 40
"""Counting stops here, so that a shape soon stays the same and is not written again."""
MOST_FIELDS = 300
_DEEPEST = 2
"""Levels of nested objects: ``group.educationLang.code`` has two."""

_COUNTED = (COUNTED,) * len(FieldType)
_NONE: Counts = (0,) * len(FieldType)
_COUNT_OF_TYPE = MappingProxyType(
    {
        bool: FieldType.BOOLEAN,
        int: FieldType.NUMBER,
        float: FieldType.NUMBER,
        str: FieldType.STRING,
        list: FieldType.ARRAY,
        dict: FieldType.OBJECT,
        NoneType: FieldType.EMPTY,
    }
)
_EMPTY: tuple[Any, ...] = ("", [], {})
# An item with invalid JSON is published as it is, and has no shape.
_INVALID_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_Object = dict[str, Any]


def shape_of(items: Iterable[bytes]) -> Shape:
    """Return the shape of these items."""
    objects = _objects(map(_decoded, items))
    if not objects:
        return {}
    # Field by field, which is faster than item by item.
    shape = {"": _counts(objects, 0)}
    _describe(objects, "", _DEEPEST, shape)
    return shape


def joined(one: Shape, other: Shape) -> Shape:
    """Return the shape of the items of both."""
    paths = islice({**one, **other}, MOST_FIELDS)
    return {path: _sum(counts_of(one, path), counts_of(other, path)) for path in paths}


def counts_of(shape: Shape, path: str) -> Counts:
    """Return the counts of a field; one that is not in the shape is missing in each parent."""
    if path in shape:
        return shape[path]
    parent = shape.get(parent_of(path)) if path else None
    return (*_NONE[: FieldType.MISSING], parent[FieldType.OBJECT]) if parent else _NONE


def parent_of(path: str) -> str:
    return path.rpartition(".")[0]


def _decoded(item: bytes) -> Any:  # noqa: ANN401 — any JSON
    try:
        return msgspec.json.decode(item)
    except _INVALID_JSON:
        return None


def _objects(values: Iterable[Any]) -> list[_Object]:
    return [value for value in values if type(value) is dict and value]


def _describe(objects: Sequence[_Object], prefix: str, deeper: int, shape: Shape) -> None:
    for name in islice(dict.fromkeys(chain.from_iterable(objects)), MOST_FIELDS):
        if len(shape) >= MOST_FIELDS:
            return
        values = [one[name] for one in objects if name in one]
        path = prefix + readable(name)
        counts = _counts(values, len(objects) - len(values))
        # All unreadable names share one name.
        shape[path] = _sum(shape[path], counts) if path in shape else counts
        if deeper and counts[FieldType.OBJECT]:
            _describe(_objects(values), f"{path}.", deeper - 1, shape)


def _counts(values: Sequence[Any], lacking: int) -> Counts:
    found = Counter(map(type, values))
    counts = [0] * len(_NONE)
    counts[FieldType.MISSING] = lacking
    for kind, count in found.items():
        counts[_COUNT_OF_TYPE[kind]] += count
    for empty in _EMPTY:
        kind = type(empty)
        if kind in found:
            count = values.count(empty)
            counts[_COUNT_OF_TYPE[kind]] -= count
            counts[FieldType.EMPTY] += count
    return _sum(counts, _NONE)


def _sum(one: Iterable[int], other: Iterable[int]) -> Counts:
    return tuple(map(min, map(add, one, other), _COUNTED))

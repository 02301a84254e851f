"""A fast way from an item's bytes to its row, for items as HEMIS nearly always sends them.

Most values of an item repeat from person to person: entries of code lists, groups, grades, dates.
The fast path caches their columns in COPY's format by the bytes of the JSON value. It decodes and
encodes only the values that are unique to a person.

It leaves all other items to ``ItemMapping``, which alone decides whether an item is refused.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter, getitem
from typing import Any

import msgspec

from services.loader.errors import ENCODING_ERRORS, ValueRefused
from services.loader.mapping.copy_format import NULL, jsonb, text
from services.loader.mapping.exact_json import Json, decode, encode
from services.loader.mapping.fields import Field, Leftovers
from services.loader.mapping.unknown_fields import unknown_fields

# A large university has some thousand groups; no other cached value varies more.
_CACHE_ENTRIES = 8192
_MAX_CACHED_BYTES = 1024
_BACKSLASH = b"\\"
_NUL = b"\\u0000"
# Never occurs in JSON, where strings escape it.
_SEPARATOR = b"\x1f"

_Extras = dict[int, dict[bytes, bytes]]
"""Members of ``extra``, each with a comma, by the field's index and the value's bytes."""


class _NotCacheable(Exception):
    """The value is too long to cache, or has parts unknown to the mapping."""


class FastPath:
    """Encodes items whose fields are all known and have the common type."""

    def __init__(self, fields: Sequence[Field]) -> None:
        converted, texts, columnless, repeating = _groups(fields)
        self._decoder = msgspec.json.Decoder(_struct_of(fields))
        self._converted = _getter(converted)
        self._encoders = [_encoder_of(field) for field in converted]
        self._texts = _getter(texts)
        self._columnless = _getter(columnless)
        self._columnless_names = [encode(field.source) + b":" for field in columnless]
        self._repeating = _getter(repeating)
        self._extras: _Extras = {}
        self._caches = [
            _ColumnCache(field, index, self._extras) for index, field in enumerate(repeating)
        ]

    def read(self, value: bytes) -> bytes | None:
        """Return what ``ItemMapping.row`` would; None if it cannot read the item."""
        # PostgreSQL's text cannot hold NUL, which ItemMapping's caller replaces. Few items have a
        # backslash at all, and one byte is found much faster.
        if _BACKSLASH in value and _NUL in value:
            return None
        try:
            item = self._decoder.decode(value)
            converted = [encode(own) for encode, own in zip(self._encoders, self._converted(item))]  # noqa: B905 — equal lengths by construction, and 50,000 calls a second
            # Takes a third of the time of bytes() for each.
            raws = _SEPARATOR.join(self._repeating(item)).split(_SEPARATOR)
            columns = list(map(getitem, self._caches, raws))
        except (msgspec.DecodeError, ValueRefused, _NotCacheable, *ENCODING_ERRORS):
            return None
        if len(raws) != len(self._caches):
            return None
        texts = [NULL if own is None else text(own) for own in self._texts(item)]
        extras = [found.get(raws[index], b"") for index, found in self._extras.items()]
        named = zip(self._columnless_names, self._columnless(item))  # noqa: B905 — as above
        extras += [name + encode(own) + b"," for name, own in named if own is not msgspec.UNSET]
        members = b"".join(extras)
        extra = jsonb(b"{%b}" % members[:-1]) if members else NULL
        return b"".join((*converted, *texts, *columns, extra))


def in_column_order(fields: Sequence[Field]) -> list[Field]:
    """Sort fields in the order in which ``FastPath`` writes their columns."""
    return [field for group in _groups(fields) for field in group]


def _groups(fields: Sequence[Field]) -> tuple[list[Field], ...]:
    """Split fields: unique to convert, unique texts, unique without column, repeating."""
    unique = [field for field in fields if field.unique_type and field.columns]
    return (
        [field for field in unique if not field.is_text],
        [field for field in unique if field.is_text],
        [field for field in fields if field.unique_type and not field.columns],
        [field for field in fields if not field.unique_type],
    )


class _ColumnCache(dict[bytes, bytes]):
    """The encoded columns of one field by the bytes of its value; empty bytes if it is absent."""

    def __init__(self, field: Field, index: int, extras: _Extras) -> None:
        super().__init__()
        self._field = field
        self._index = index
        self._extras = extras

    def __missing__(self, raw: bytes) -> bytes:
        if len(raw) > _MAX_CACHED_BYTES:
            raise _NotCacheable
        if len(self) >= _CACHE_ENTRIES:
            self.clear()
            self._extras.pop(self._index, None)
        value = decode(raw) if raw else None
        leftovers: Leftovers = {}
        self[raw] = columns = self._columns(raw, value, leftovers)
        if leftovers:
            self._extras.setdefault(self._index, {})[raw] = encode(leftovers)[1:-1] + b","
        return columns

    def _columns(self, raw: bytes, value: Json, leftovers: Leftovers) -> bytes:
        known = self._field.known
        if known and type(value) is dict and unknown_fields(value, known):
            raise _NotCacheable
        if raw and (value is not None or not self._field.columns):
            return self._field.encode(self._field.read(value, leftovers))
        return NULL * len(self._field.columns)


def _encoder_of(field: Field) -> Callable[[Any], bytes]:
    (column_type,) = field.types
    assert column_type.encode_unique is not None  # noqa: S101 — all unique types but text have one
    return column_type.encode_unique


def _struct_of(fields: Sequence[Field]) -> type[msgspec.Struct]:
    members = [(field.source, *_member_of(field)) for field in fields]
    return msgspec.defstruct("Item", members, forbid_unknown_fields=True, gc=False)


def _member_of(field: Field) -> tuple[Any, Any]:
    """Return the member's type and its default."""
    if field.unique_type is None:
        return msgspec.Raw, msgspec.Raw(b"")
    return field.unique_type, None if field.columns else msgspec.UNSET


def _getter(fields: Sequence[Field]) -> Callable[[msgspec.Struct], tuple[Any, ...]]:
    names = [field.source for field in fields]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda item: tuple(getattr(item, name) for name in names)

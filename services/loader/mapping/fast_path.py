"""The short way from an item's bytes to its row, for items as HEMIS nearly always sends them.

Most of an item repeats from person to person: entries of code lists, groups, grades, dates. What
the bytes of such a value became, in COPY's format, is remembered by those bytes, so that writing
it again is one look-up. Only what is a person's own is decoded and encoded each time.
An item that is unusual in any way gets no row here: ``Mapping.read`` is the only judge of items.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter, getitem
from typing import Any

import msgspec

from services.loader.errors import UNENCODABLE, ValueRefused
from services.loader.mapping.copy_format import NULL, jsonb, text
from services.loader.mapping.exact_json import Json, decode, encode
from services.loader.mapping.fields import Field, Leftovers
from services.loader.mapping.unknown_fields import unknown_fields

# A large university has some thousand groups; no other value worth remembering is so various.
_MOST_REMEMBERED = 8192
_LONGEST_REMEMBERED = 1024
_BACKSLASH = b"\\"
_NUL = b"\\u0000"
# Stands in no JSON, where strings escape it.
_SEPARATOR = b"\x1f"

_Extras = dict[int, dict[bytes, bytes]]
"""Members of ``extra``, each with a comma after, by a field's place and bytes; few have any."""


class _Unusual(Exception):
    """The value is too long to cache, or has parts unknown to the mapping."""


class FastPath:
    """Reads items all of whose fields are known and of their usual type."""

    def __init__(self, fields: Sequence[Field]) -> None:
        refined, texts, kept, repeating = _sorted(fields)
        self._decoder = msgspec.json.Decoder(_usual_type(fields))
        self._refined = _getter(refined)
        self._encoders = [_encode_own(field) for field in refined]
        self._texts = _getter(texts)
        self._kept = _getter(kept)
        self._kept_names = [_member_name(field) for field in kept]
        self._repeating = _getter(repeating)
        self._extras: _Extras = {}
        self._remembered = [
            _Remembered(field, place, self._extras) for place, field in enumerate(repeating)
        ]

    def read(self, value: bytes) -> bytes | None:
        """Return what ``Mapping.row`` would; None where the item is unusual."""
        # PostgreSQL's text cannot hold NUL; the long way replaces it. Few items have a backslash
        # at all, and one byte is found much faster.
        if _BACKSLASH in value and _NUL in value:
            return None
        try:
            item = self._decoder.decode(value)
            refined = [write(own) for write, own in zip(self._encoders, self._refined(item))]  # noqa: B905 — as many by construction, and 50,000 times a second
            # A third of the time of bytes() for each.
            raws = _SEPARATOR.join(self._repeating(item)).split(_SEPARATOR)
            columns = list(map(getitem, self._remembered, raws))
        except (msgspec.DecodeError, ValueRefused, _Unusual, *UNENCODABLE):
            return None
        if len(raws) != len(self._remembered):
            return None
        texts = [NULL if own is None else text(own) for own in self._texts(item)]
        extra = b"".join((*self._extras_of(raws), *self._kept_of(item)))
        extra = jsonb(b"{%b}" % extra[:-1]) if extra else NULL
        return b"".join((*refined, *texts, *columns, extra))

    def _extras_of(self, raws: Sequence[bytes]) -> list[bytes]:
        return [extras.get(raws[place], b"") for place, extras in self._extras.items()]

    def _kept_of(self, item: msgspec.Struct) -> list[bytes]:
        named = zip(self._kept_names, self._kept(item))  # noqa: B905 — as above
        return [name + encode(own) + b"," for name, own in named if own is not msgspec.UNSET]


def in_column_order(fields: Sequence[Field]) -> list[Field]:
    """Sort fields as their columns are written: own ones refined and as sent, repeating ones."""
    return [field for part in _sorted(fields) for field in part]


def _sorted(fields: Sequence[Field]) -> tuple[list[Field], ...]:
    own = [field for field in fields if field.own and field.columns]
    return (
        [field for field in own if not field.is_text],
        [field for field in own if field.is_text],
        [field for field in fields if field.own and not field.columns],
        [field for field in fields if not field.own],
    )


class _Remembered(dict[bytes, bytes]):
    """The columns that one field became, by its bytes; none are those of a field not sent."""

    def __init__(self, field: Field, place: int, extras: _Extras) -> None:
        super().__init__()
        self._field = field
        self._place = place
        self._extras = extras

    def __missing__(self, raw: bytes) -> bytes:
        if len(raw) > _LONGEST_REMEMBERED:
            raise _Unusual
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
            self._extras.pop(self._place, None)
        value = decode(raw) if raw else None
        leftovers: Leftovers = {}
        self[raw] = columns = self._columns(raw, value, leftovers)
        if leftovers:
            self._extras.setdefault(self._place, {})[raw] = encode(leftovers)[1:-1] + b","
        return columns

    def _columns(self, raw: bytes, value: Json, leftovers: Leftovers) -> bytes:
        if self._has_unknown_parts(value):
            raise _Unusual
        if raw and (value is not None or not self._field.columns):
            return self._field.encode(self._field.read(value, leftovers))
        return NULL * len(self._field.columns)

    def _has_unknown_parts(self, value: Json) -> bool:
        known = self._field.known
        return bool(known) and type(value) is dict and bool(unknown_fields(value, known))


def _encode_own(field: Field) -> Callable[[Any], bytes]:
    (kind,) = field.types
    assert kind.encode_own is not None  # noqa: S101 — every own type that is not plain text has one
    return kind.encode_own


def _member_name(field: Field) -> bytes:
    return encode(field.source) + b":"


def _usual_type(fields: Sequence[Field]) -> type[msgspec.Struct]:
    members = [(field.source, *_usual_member(field)) for field in fields]
    return msgspec.defstruct("UsualItem", members, forbid_unknown_fields=True, gc=False)


def _usual_member(field: Field) -> tuple[Any, Any]:
    """Return type and default."""
    if field.own is None:
        return msgspec.Raw, msgspec.Raw(b"")
    return field.own, None if field.columns else msgspec.UNSET


def _getter(fields: Sequence[Field]) -> Callable[[msgspec.Struct], tuple[Any, ...]]:
    names = [field.source for field in fields]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda item: tuple(getattr(item, name) for name in names)

"""The short way from an item's bytes to its row, for items as HEMIS nearly always sends them.

Most of an item repeats from person to person: entries of code lists, groups, grades, dates. What
the bytes of such a value became is remembered by those bytes, so that reading it again is one
look-up and its texts are in memory once. Only what is a person's own is decoded each time.
An item that is unusual in any way gets no row here: ``Mapping.read`` is the only judge of items.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import chain
from operator import attrgetter, getitem, itemgetter
from typing import Any

import msgspec

from services.loader.errors import ValueRefused
from services.loader.resources.fields import Field, Leftovers, decode, encode

# A large university has some thousand groups; no other value worth remembering is so various.
_MOST_REMEMBERED = 8192
_LONGEST_REMEMBERED = 1024
_NUL = b"\\u0000"

Values = tuple[Any, ...]


class UsualItems:
    """Reads items all of whose fields are known and of their usual type."""

    def __init__(self, fields: Sequence[Field]) -> None:
        refined = [field for field in fields if field.refine is not None]
        repeating = [field for field in fields if not field.own and field.columns]
        kept = [field for field in fields if not field.columns]
        self._decoder = msgspec.json.Decoder(_usual_type(fields), float_hook=Decimal)
        self._plain = _getter([field for field in fields if field.own and field.refine is None])
        self._refined = _getter(refined)
        self._refine = [field.refine for field in refined if field.refine is not None]
        self._repeating = _getter(repeating)
        self._remembered = [_Remembered(field) for field in repeating]
        self._columns, self._extras = _parted(repeating)
        self._kept = _getter(kept)
        self._kept_names = [field.source for field in kept]

    def read(self, value: bytes) -> Values | None:
        """Return what ``Mapping.read`` would; None where the item is unusual."""
        # PostgreSQL's text cannot hold NUL; the long way replaces it.
        if _NUL in value:
            return None
        try:
            item = self._decoder.decode(value)
            refined = [read(own) for read, own in zip(self._refine, self._refined(item))]  # noqa: B905 — as many by construction, and 50,000 times a second
            raws = map(bytes, self._repeating(item))
            found = tuple(chain.from_iterable(map(getitem, self._remembered, raws)))
        except (msgspec.DecodeError, RecursionError, ValueError, ValueRefused):
            return None
        extra = ",".join(filter(None, (self._kept_of(item), *self._extras(found))))
        return (
            *self._plain(item),
            *refined,
            *self._columns(found),
            f"{{{extra}}}" if extra else None,
        )

    def _kept_of(self, item: msgspec.Struct) -> str:
        named = zip(self._kept_names, self._kept(item))  # noqa: B905 — as above
        kept = {name: value for name, value in named if value is not msgspec.UNSET}
        return encode(kept)[1:-1]


def in_reading_order(fields: Sequence[Field]) -> list[Field]:
    """Sort fields as their values are taken: as sent, refined, remembered."""
    return sorted(fields, key=lambda field: (not field.own, field.refine is not None))


class _Remembered(dict[bytes, Values]):
    """What one field became, by its bytes: the columns, then the members of ``extra`` as text."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field

    def __missing__(self, raw: bytes) -> Values:
        became = self._read(raw)
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        if len(raw) <= _LONGEST_REMEMBERED:
            self[raw] = became
        return became

    def _read(self, raw: bytes) -> Values:
        value = decode(raw)
        if value is None:
            return (*(None for _ in self._field.columns), "")
        leftovers = Leftovers()
        return (*self._field.read(value, leftovers), encode(leftovers)[1:-1])


def _parted(fields: Sequence[Field]) -> "tuple[itemgetter[Values], itemgetter[Values]]":
    """Where, in the row of all that is remembered, the columns are, and where the extras."""
    columns, extras, place = list[int](), list[int](), 0
    for field in fields:
        end = place + len(field.columns)
        columns += range(place, end)
        extras.append(end)
        place = end + 1
    return itemgetter(*columns), itemgetter(*extras)


def _usual_type(fields: Sequence[Field]) -> type[msgspec.Struct]:
    members = [(field.source, *_usual_member(field)) for field in fields]
    return msgspec.defstruct("UsualItem", members, forbid_unknown_fields=True, gc=False)


def _usual_member(field: Field) -> tuple[Any, Any]:
    """Return type and default."""
    if not field.columns:
        return Any, msgspec.UNSET
    return (field.own, None) if field.own else (msgspec.Raw, msgspec.Raw(b"null"))


def _getter(fields: Sequence[Field]) -> Callable[[msgspec.Struct], Values]:
    names = [field.source for field in fields]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda item: tuple(getattr(item, name) for name in names)

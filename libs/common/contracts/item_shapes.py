"""The shape of a list's items: their fields, and the JSON types of these.

Names and counts only, never a value. A field is named by its path, ``group.name``; the item itself
is the path ``""``.
"""

import re
from enum import IntEnum

import msgspec

MAX_NAMES = 50
"""An event names at most this many fields."""

_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_UNREADABLE = "(unreadable)"


def readable(name: str) -> str:
    """Return the name if it may be shown: HEMIS may send a value as a field's name."""
    return name if _NAME.fullmatch(name) else _UNREADABLE


class FieldType(IntEnum):
    """The indexes of ``Counts``: how many items have the field with this type, or lack it."""

    BOOLEAN = 0
    NUMBER = 1
    STRING = 2
    ARRAY = 3
    OBJECT = 4
    EMPTY = 5
    """Null, and the empty text, list and object: PHP sends one for the other."""
    MISSING = 6


Counts = tuple[int, ...]
Shape = dict[str, Counts]


class Frequency(IntEnum):
    """How many of the items that can have a field have it."""

    SOME = 0
    ALL = 1
    FADING = 2
    """No longer in all items, which was reported; it may disappear next."""


class KnownField(msgspec.Struct, frozen=True, array_like=True):
    """What readers can rely on."""

    frequency: Frequency
    types: tuple[FieldType, ...]


class Shapes(msgspec.Struct, frozen=True, kw_only=True):
    """What the fetcher stores about the fields of one resource."""

    sync_id: str = ""
    """The sync that ``present`` belongs to."""
    present: Shape = {}
    """The fields that this sync has seen so far."""
    known: dict[str, KnownField] = {}
    """The fields that earlier complete full syncs have seen; empty before the first."""
    filters: dict[str, str] = {}
    """The filters of those syncs."""

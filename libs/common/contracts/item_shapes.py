"""The shape of a list's items: the fields they have, and the JSON types these come in.

Names and counts only, never a value. A field is named by its path, ``group.name``; the item itself
is the path ``""``.
"""

import re
from enum import IntEnum

import msgspec

MOST_NAMES = 50
"""So many fields an event names."""

_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_UNREADABLE = "(unreadable)"


def readable(name: str) -> str:
    """Return what may be shown: what HEMIS sends as a field's name may be a value."""
    return name if _NAME.fullmatch(name) else _UNREADABLE


class Count(IntEnum):
    """The places in ``Counts``: how many items have the field with such a value, or not at all."""

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
    """In how many of the items that can have it a field is."""

    SOME = 0
    ALL = 1
    FADING = 2
    """Not in all any more, which was told: that it is in none may follow."""


class KnownField(msgspec.Struct, frozen=True, array_like=True):
    """What readers can count on."""

    frequency: Frequency
    types: tuple[Count, ...]


class Shapes(msgspec.Struct, frozen=True, kw_only=True):
    """What the fetcher remembers of the fields of one resource."""

    sync_id: str = ""
    """The sync that ``present`` belongs to."""
    present: Shape = {}
    """What that sync has seen so far."""
    known: dict[str, KnownField] = {}
    """What the complete full syncs before it have seen; empty before any."""
    filters: dict[str, str] = {}
    """What those asked HEMIS for."""

"""The types of columns: how a JSON value is read for one, and how COPY is given it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated, Any

import msgspec

from libs.common.contracts.records import MAX_ID
from services.loader.mapping import copy_format, values
from services.loader.mapping.copy_format import Encoder
from services.loader.mapping.exact_json import Json, encode
from services.loader.mapping.values import Reader

_Text = str | None
_Whole = Annotated[int, msgspec.Meta(ge=-MAX_ID - 1, le=MAX_ID)] | None


@dataclass(frozen=True, slots=True)
class ColumnType:
    """``encode(read(value))`` is the column's value; reading raises ValueRefused."""

    read: Reader
    encode: Encoder
    own: Any = None
    """The usual JSON type of a value that is a person's own, seldom anyone else's."""
    encode_own: Callable[[Json], bytes] | None = None
    """Encodes such a value as it was sent, with the same result; raises ValueRefused."""


def _id_number(value: Json) -> bytes:
    return copy_format.column(copy_format.text, values.id_number(value))


def _moment(value: Json) -> bytes:
    if not value:
        return copy_format.NULL
    values.require_moment(value)
    return copy_format.unix_seconds(value)


def _bigint(value: Json) -> bytes:
    return copy_format.NULL if value is None else copy_format.bigint(value)


def _json(value: Json) -> bytes:
    return copy_format.jsonb(encode(value))


TEXT = ColumnType(values.text, copy_format.text, own=_Text)
ID_NUMBER = ColumnType(values.id_number, copy_format.text, own=_Text, encode_own=_id_number)
BIGINT = ColumnType(values.bigint, copy_format.bigint, own=_Whole, encode_own=_bigint)
INTEGER = ColumnType(values.integer, copy_format.integer)
NUMERIC = ColumnType(values.numeric, copy_format.numeric)
BOOLEAN = ColumnType(values.boolean, copy_format.boolean)
MOMENT = ColumnType(values.moment, copy_format.moment, own=_Whole, encode_own=_moment)
LISTING = ColumnType(values.listing, _json)


def day_in(zone: tzinfo) -> ColumnType:
    return ColumnType(values.date_in(zone), copy_format.day)

"""The types of columns: how each reads a JSON value and writes it in COPY's format."""

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
    """``encode(read(value))`` gives the bytes of a column; ``read`` raises ValueRefused."""

    read: Reader
    encode: Encoder
    unique_type: Any = None
    """The common JSON type of a column whose values seldom repeat between people; else None."""
    encode_unique: Callable[[Json], bytes] | None = None
    """Does ``encode(read(value))`` in one call for such a value; raises ValueRefused."""


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


TEXT = ColumnType(values.text, copy_format.text, unique_type=_Text)
ID_NUMBER = ColumnType(
    values.id_number, copy_format.text, unique_type=_Text, encode_unique=_id_number
)
BIGINT = ColumnType(values.bigint, copy_format.bigint, unique_type=_Whole, encode_unique=_bigint)
INTEGER = ColumnType(values.integer, copy_format.integer)
NUMERIC = ColumnType(values.numeric, copy_format.numeric)
BOOLEAN = ColumnType(values.boolean, copy_format.boolean)
MOMENT = ColumnType(values.moment, copy_format.moment, unique_type=_Whole, encode_unique=_moment)
LISTING = ColumnType(values.listing, _json)


def day_in(zone: tzinfo) -> ColumnType:
    return ColumnType(values.date_in(zone), copy_format.day)

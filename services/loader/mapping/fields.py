"""Maps fields of a HEMIS item to columns; fields without a column go to ``extra``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.records import is_empty_value
from services.loader.errors import RecordRefused, ValueRefused
from services.loader.mapping.column_types import TEXT, ColumnType
from services.loader.mapping.copy_format import Encoder, column, jsonb
from services.loader.mapping.exact_json import Json, encode
from services.loader.mapping.unknown_fields import Known, unknown_fields
from services.loader.mapping.values import text

Leftovers = dict[str, Any]
FieldReader = Callable[[Json, Leftovers], Sequence[Any]]

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item, and the columns that it fills."""

    source: str
    columns: tuple[str, ...]
    types: tuple[ColumnType, ...]
    read: FieldReader
    pair: tuple[str, str] | None = None
    """The names of the value's parts, if it has exactly two and both are columns."""
    unique_type: object = None
    """The common JSON type of a field whose values seldom repeat between people; else None."""
    known: Known = field(default_factory=dict)
    """The names of the value's parts, if it is an object with columns."""

    @property
    def is_text(self) -> bool:
        return self.types == (TEXT,)

    def encode(self, values: Sequence[Any]) -> bytes:
        """Write the values in COPY's format."""
        return b"".join(
            column(column_type.encode, value)
            for column_type, value in zip(self.types, values, strict=True)
        )


def scalar(name: str, column_type: ColumnType = TEXT, source: str = "") -> Field:
    """Map a plain value to one column."""

    def read(value: Json, _: Leftovers) -> Sequence[Any]:
        return (column_type.read(value),)

    return Field(source or name, (name,), (column_type,), read, unique_type=column_type.unique_type)


def without_column(source: str, unique_type: object = None) -> Field:
    """Name a known field that has no column; like unknown fields it goes to ``extra``."""

    def read(value: Json, leftovers: Leftovers) -> Sequence[Any]:
        leftovers[source] = value
        return ()

    return Field(source, (), (), read, unique_type=unique_type)


def parts(source: str, name: str, *names: str, without_column: Sequence[str] = ()) -> Field:
    """Map the parts of an object to columns: ``department`` → ``department_id`` and so on.

    ``without_column`` names known parts that go to ``extra``.
    """

    def read(value: Json, leftovers: Leftovers) -> Sequence[Any]:
        if type(value) is not dict:
            return [_bare(value, part) for part in names]
        found = [value.pop(part, None) for part in names]
        if value:
            leftovers[source] = value
        return [part if type(part) is str else text(part) for part in found]

    columns = tuple(f"{name}_{part}" for part in names)
    known: Known = {part: {} for part in (*names, *without_column)}
    return Field(source, columns, (TEXT,) * len(names), read, known=known)


def _bare(value: Json, part: str) -> str | None:
    """Read a bare name, which some versions send instead of the object."""
    if type(value) is str:
        return value if part == "name" else None
    if is_empty_value(value):
        return None
    raise ValueRefused(RejectCode.WRONG_TYPE, "expected an object or text")


def classifier(source: str, name: str, *without_column: str) -> Field:
    """Map an entry of a HEMIS code list: ``gender`` → ``gender_code``, ``gender_name``."""
    return replace(
        parts(source, name, "code", "name", without_column=without_column), pair=("code", "name")
    )


def nested(source: str, columns: Sequence[str], inner: str, inside: Field) -> Field:
    """Map an object that contains another one, such as a group's language."""
    outer = parts(source, source, *columns)

    def read(value: Json, leftovers: Leftovers) -> Sequence[Any]:
        found = value.pop(inner, None) if type(value) is dict else None
        unread: Leftovers = {}
        values = inside.read(found, unread) if found is not None else (None,) * len(inside.columns)
        values = [*outer.read(value, leftovers), *values]
        if unread:
            leftovers.setdefault(source, {})[inner] = unread[inner]
        return values

    return replace(
        outer,
        columns=outer.columns + inside.columns,
        types=outer.types + inside.types,
        read=read,
        known={**outer.known, inner: inside.known},
    )


class ItemMapping:
    """Turns an item into the values of ``columns``, in this order; ``extra`` is the last one.

    ``renamed`` maps names that only some versions of HEMIS send to the names in ``fields``.
    """

    def __init__(self, fields: Sequence[Field], renamed: Mapping[str, str] | None = None) -> None:
        self._renamed = tuple((renamed or {}).items())
        self._fields = [
            (f.source, f.read, (None,) * len(f.columns), f.is_text, *(f.pair or ("", "")))
            for f in fields
            if f.columns
        ]
        self._known = {f.source: f.known for f in fields} | {old: {} for old, _ in self._renamed}
        self.columns = (*(name for field in fields for name in field.columns), "extra")
        self._encoders: list[Encoder] = [
            *(column_type.encode for field in fields for column_type in field.types),
            jsonb,
        ]

    def read(self, item: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values of all columns; empties the item.

        Raises:
            RecordRefused: a value does not fit its column; the text names the field only.
        """
        for old, name in self._renamed:
            if is_empty_value(item.get(name)) and not is_empty_value(item.get(old)):
                item[name] = item.pop(old)
        values: list[Any] = []
        leftovers: Leftovers = {}
        for source, read, nulls, is_text, first, second in self._fields:
            value = item.pop(source, None)
            if value is None:
                values += nulls
            # Two shortcuts for nearly all values; they halve the time of a record.
            elif is_text and type(value) is str:
                values.append(value)
            elif (
                first
                and type(value) is dict
                and len(value) == _PAIR
                and type(left := value.get(first)) is str
                and type(right := value.get(second)) is str
            ):
                values += (left, right)
            else:
                values += self._read(source, read, value, leftovers)
        leftovers |= item
        values.append(encode(leftovers) if leftovers else None)
        return tuple(values)

    def unknown(self, item: dict[str, Any]) -> frozenset[str]:
        """Return the names of unknown fields, and of unknown parts of fields."""
        return unknown_fields(item, self._known)

    def row(self, item: dict[str, Any]) -> bytes:
        """Return all columns in COPY's format; empties the item, and raises as ``read``."""
        found = zip(self._encoders, self.read(item), strict=True)
        return b"".join(column(encode_one, value) for encode_one, value in found)

    @staticmethod
    def _read(source: str, read: FieldReader, value: Json, leftovers: Leftovers) -> Sequence[Any]:
        try:
            return read(value, leftovers)
        except ValueRefused as refused:
            raise RecordRefused(refused.code, f"{source}: {refused.expected}") from None

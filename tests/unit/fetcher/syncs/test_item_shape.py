"""The shape of items: fields and types, counted a little way, and never a value."""

from typing import Any

import msgspec
import pytest

from libs.common.contracts.item_shapes import Shape
from services.fetcher.syncs.item_shape import COUNTED, MOST_FIELDS, joined, shape_of


def shape(*items: Any) -> Shape:
    return shape_of(map(msgspec.json.encode, items))


def test_types_and_absences_are_counted_field_by_field() -> None:
    found = shape(
        {"id": 1, "gpa": 4.5, "group": {"name": "101"}},
        {"id": "2", "gpa": None, "group": {"name": "", "year": 2024}},
        {"id": 3, "group": []},
    )

    # Booleans, numbers, strings, arrays, objects, empty ones, missing ones.
    assert found == {
        "": (0, 0, 0, 0, 3, 0, 0),
        "id": (0, 2, 1, 0, 0, 0, 0),
        "gpa": (0, 1, 0, 0, 0, 1, 1),
        "group": (0, 0, 0, 0, 2, 1, 0),
        "group.name": (0, 0, 1, 0, 0, 1, 0),
        "group.year": (0, 1, 0, 0, 0, 0, 1),
    }


def test_a_large_list_has_no_larger_shape_than_a_small_one() -> None:
    many = shape(*({"id": n} for n in range(10 * COUNTED)))

    assert many["id"] == (0, COUNTED, 0, 0, 0, 0, 0)
    assert joined(many, shape({"id": 1})) == many


def test_objects_are_looked_into_as_deep_as_columns_reach() -> None:
    found = shape({"a": {"b": {"c": {"d": {"e": 1}}}}})

    assert list(found) == ["", "a", "a.b", "a.b.c"]


@pytest.mark.parametrize("name", ["Karimova Lola", "", "x" * 65, "50421", "a.b", "ism\u0000"])
def test_a_field_name_that_may_be_personal_data_is_not_stored(name: str) -> None:
    assert list(shape({name: 1, "of": {name: 1}})) == ["", "(unreadable)", "of", "of.(unreadable)"]


def test_the_number_of_fields_is_bounded() -> None:
    wide = {f"f{n}": {f"g{m}": 1 for m in range(50)} for n in range(100)}

    assert len(shape(wide)) == MOST_FIELDS
    assert len(joined(shape(wide), shape({f"h{n}": 1 for n in range(500)}))) == MOST_FIELDS


@pytest.mark.parametrize("value", [b"NaN", b'{"a": ', b'"x"', b"[{}]", b"\xff", b"[" * 100_000])
def test_an_item_that_is_no_object_has_no_shape(value: bytes) -> None:
    assert shape_of([value]) == {}

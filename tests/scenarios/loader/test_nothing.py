"""PHP's empty values in any field become null, and lose no record."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from libs.common.contracts.resources import Resource
from services.loader.mapping.exact_json import decode
from services.loader.mapping.table import Table
from services.loader.mapping.tables import tables
from tests.generated_items import as_json
from tests.value_oracle import PLACES, Path

TABLES = tables(ZoneInfo("Asia/Tashkent"))
# Each is a value only where a column is of that very kind.
OWN_KIND: dict[str, Any] = {"text": "", "number": None, "boolean": False, "list": []}
SHAPES: list[Any] = [None, False, "", [], {}]
ZEROS: list[Any] = [0, "0", "0.0", 0.0]
DATES = {"date", "moment"}


def placed(path: Path, value: Any) -> dict[str, Any]:
    *outer, last = path
    item: dict[str, Any] = {"id": 1}
    part = item
    for name in outer:
        part = part.setdefault(name, {})
    part[last] = value
    return item


def rows(table: Table, item: dict[str, Any]) -> dict[str, Any]:
    """Read an item in both ways; they agree, or the short one leaves it to the long one."""
    sent = as_json(item)
    short = table.fast_path.read(sent)
    assert short in (None, table.mapping.row(decode(sent)))
    assert table.fast_path.read(sent) == short
    return dict(zip(table.mapping.columns, table.mapping.read(decode(sent)), strict=True))


def fields() -> Iterator[Any]:
    for resource, places in PLACES.items():
        for path, place in places.items():
            if path != ("id",):
                named = f"{resource}-{'.'.join(path)}"
                yield pytest.param(resource, path, place.column, place.kind, id=named)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize(("resource", "path", "column", "kind"), list(fields()))
def test_nothing_in_any_field_is_null_unless_it_is_a_value_of_the_column(
    resource: Resource, path: Path, column: str, kind: str
) -> None:
    for nothing in [*SHAPES, *(ZEROS if kind in DATES else [])]:
        kept = rows(TABLES[resource], placed(path, nothing))[column]

        expected = nothing if same(nothing, OWN_KIND.get(kind)) else None
        assert same(kept, expected), nothing


@pytest.mark.parametrize("resource", PLACES)
@pytest.mark.parametrize("nothing", [False, [], {}, None])
def test_nothing_in_place_of_an_object_leaves_all_its_columns_null(
    resource: Resource, nothing: Any
) -> None:
    objects = {path[:length] for path in PLACES[resource] for length in range(1, len(path))}

    for path in objects:
        row = rows(TABLES[resource], placed(path, nothing))

        inside = [
            place.column for known, place in PLACES[resource].items() if known[:1] == path[:1]
        ]
        assert {row[column] for column in inside} == {None}
        assert row["extra"] is None


@pytest.mark.parametrize("resource", PLACES)
def test_an_item_with_only_an_id_is_a_row(resource: Resource) -> None:
    for nothing in SHAPES:
        names = {path[0] for path in PLACES[resource]} - {"id"}

        assert rows(TABLES[resource], {"id": 1} | dict.fromkeys(names, nothing))["hemis_id"] == 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *((yes, True) for yes in (True, 1, "1", "true")),
        *((no, False) for no in (False, 0, "0", "false")),
    ],
)
@pytest.mark.parametrize("resource", PLACES)
def test_a_boolean_may_be_a_number_or_text(
    resource: Resource,
    sent: Any,
    kept: bool,  # noqa: FBT001 — what is expected
) -> None:
    for path, place in PLACES[resource].items():
        if place.kind == "boolean":
            assert rows(TABLES[resource], placed(path, sent))[place.column] is kept


def test_a_list_sent_as_an_object_is_a_list() -> None:
    groups = {"1": {"id": 301, "name": "101-24"}, "7": {"id": 302}}

    row = rows(TABLES[Resource.EMPLOYEES], {"id": 1, "tutorGroups": groups})

    assert row["tutor_groups"] == [{"id": 301, "name": "101-24"}, {"id": 302}]


@pytest.mark.parametrize("nothing", SHAPES)
def test_an_empty_field_under_its_newer_name_gives_way_to_the_older_name(nothing: Any) -> None:
    item = {"id": 1, "updated_at": nothing, "update_at": 1725000000}

    assert rows(TABLES[Resource.EMPLOYEES], item)["source_updated_at"] is not None

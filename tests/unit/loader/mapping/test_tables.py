"""Items become rows; a field without a column is kept in ``extra``."""

import json
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from libs.common.contracts.resources import Resource
from services.loader.errors import RecordRefused
from services.loader.mapping.table import Table
from services.loader.mapping.tables import tables

TABLES = tables(ZoneInfo("Asia/Tashkent"))
STUDENTS, POSITIONS = TABLES[Resource.STUDENTS], TABLES[Resource.EMPLOYEES]
DEPARTMENTS = TABLES[Resource.DEPARTMENTS]


def read(table: Table, item: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(table.mapping.columns, table.mapping.read(item), strict=True))


def extra(table: Table, item: dict[str, Any]) -> dict[str, Any]:
    left = read(table, item)["extra"]
    return {} if left is None else dict(json.loads(left))


def test_a_classifier_becomes_two_columns() -> None:
    row = read(STUDENTS, {"id": 1, "gender": {"code": "11", "name": "Erkak"}})

    assert (row["gender_code"], row["gender_name"]) == ("11", "Erkak")
    assert row["extra"] is None


def test_bare_text_in_place_of_an_object_is_its_name() -> None:
    row = read(STUDENTS, {"id": 1, "level": "2-kurs"})

    assert (row["level_code"], row["level_name"]) == (None, "2-kurs")


def test_an_empty_object_as_php_writes_it_is_nothing() -> None:
    row = read(STUDENTS, {"id": 1, "group": []})

    assert (row["group_id"], row["group_name"], row["education_lang_code"]) == (None, None, None)


def test_a_groups_language_has_columns_of_its_own() -> None:
    group = {"id": 301, "name": "101-24", "educationLang": {"code": "11", "name": "O‘zbek"}}

    row = read(STUDENTS, {"id": 1, "group": group})

    assert row["group_id"] == "301"
    assert (row["education_lang_code"], row["education_lang_name"]) == ("11", "O‘zbek")
    assert row["extra"] is None


def test_unknown_fields_and_parts_stay_under_their_own_names() -> None:
    item = {
        "id": 1,
        "terrain": None,
        "score": 1.50,
        "province": {"code": "1708", "name": "Jizzax viloyati", "_parent": "1708"},
        "group": {"id": 1, "name": "a", "educationLang": {"code": "11", "name": "b", "x": 1}},
    }

    assert extra(STUDENTS, item) == {
        "terrain": None,
        "score": 1.5,
        "province": {"_parent": "1708"},
        "group": {"educationLang": {"x": 1}},
    }


def test_an_employees_specialty_is_plain_text_and_update_at_is_accepted() -> None:
    row = read(POSITIONS, {"id": 1, "specialty": "Fizika", "update_at": 1})

    assert row["specialty"] == "Fizika"
    assert row["source_updated_at"] is not None


@pytest.mark.parametrize("parent", [5, "5", {"id": 5}, {"id": 5, "name": "Tarix fakulteti"}])
def test_a_department_has_the_id_of_its_parent(parent: object) -> None:
    row = read(DEPARTMENTS, {"id": 58, "parent": parent})

    assert row["parent_id"] == 5


@pytest.mark.parametrize("parent", [None, [], {}, ""])
def test_a_department_may_have_no_parent(parent: object) -> None:
    row = read(DEPARTMENTS, {"id": 58, "parent": parent})

    assert (row["parent_id"], row["extra"]) == (None, None)


def test_the_other_fields_of_a_parent_department_are_kept_in_extra() -> None:
    item = {"id": 58, "parent": {"id": 5, "name": "Tarix fakulteti"}}

    assert extra(DEPARTMENTS, item) == {"parent": {"name": "Tarix fakulteti"}}


def test_a_refusal_names_the_field_and_never_the_value() -> None:
    with pytest.raises(RecordRefused) as refused:
        read(STUDENTS, {"id": 1, "birth_date": "SINOVOV"})

    assert refused.value.reason == "birth_date: expected a number"
    assert "SINOVOV" not in str(refused.value)


def test_unix_seconds_become_dates_in_tashkent() -> None:
    assert read(STUDENTS, {"id": 1, "birth_date": 1104519600})["birth_date"] == date(2005, 1, 1)


def test_the_columns_are_those_of_the_outer_contract() -> None:
    both = {
        "hemis_id",
        "meta_id",
        "full_name",
        "short_name",
        "first_name",
        "second_name",
        "third_name",
    }

    assert both | {"student_id_number"} <= set(STUDENTS.mapping.columns)
    assert both | {"employee_id_number"} <= set(POSITIONS.mapping.columns)
    assert STUDENTS.mapping.columns[0] == POSITIONS.mapping.columns[0] == "hemis_id"
    assert POSITIONS.columns[-3:] == ("position_key", "content_hash", "fetched_at")


def test_another_time_zone_changes_the_mapping_version() -> None:
    elsewhere = tables(ZoneInfo("UTC"))[Resource.STUDENTS]

    assert elsewhere.mapping_version != STUDENTS.mapping_version

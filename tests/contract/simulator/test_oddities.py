"""Nulls, gaps and habits of real servers, which a client has to live with."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from libs.simulator.behaviour import Behaviour, Midnight
from libs.simulator.invented.students import Students

PEOPLE = 2_000


def test_a_few_positions_lack_a_meta_id_by_default(positions: list[dict[str, Any]]) -> None:
    assert 0 < sum("meta_id" not in item for item in positions) < PEOPLE / 50


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("student_id_number", [None, ""]),
        ("third_name", ["", None]),
        ("image", [None, ""]),
        ("birth_date", [0, None]),
        ("avg_gpa", [0, None]),
        ("meta_id", [None]),
        *((field, [None]) for field in ("group", "level", "educationForm", "educationYear")),
        *((field, [None]) for field in ("currentProvince", "currentDistrict", "email")),
    ],
)
def test_a_student_may_have_nothing_there(
    students: list[dict[str, Any]], field: str, values: list[object]
) -> None:
    found = [student.get(field, "missing") for student in students]

    assert all(value in found for value in values)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("employee_id_number", [None, "", "0"]),
        ("birth_date", [0, None]),
        ("decree_number", [None]),
        ("contract_date", [None]),
        ("image", [None, ""]),
        ("tutorGroups", [[], "missing"]),
        ("active", [True, False, "missing"]),
    ],
)
def test_an_employee_may_have_nothing_there(
    positions: list[dict[str, Any]], field: str, values: list[object]
) -> None:
    found = [item.get(field, "missing") for item in positions]

    assert all(value in found for value in values)


@pytest.mark.parametrize("field", ["image_full", "povertyLevel", "email", "meta_id", "terrain"])
def test_older_versions_lack_a_field(students: list[dict[str, Any]], field: str) -> None:
    assert 0 < sum(field not in student for student in students) < PEOPLE / 20


def test_some_employees_say_update_at(positions: list[dict[str, Any]]) -> None:
    assert all(("update_at" in item) != ("updated_at" in item) for item in positions)
    assert any("update_at" in item for item in positions)


def test_somebody_was_born_before_1970(
    students: list[dict[str, Any]], positions: list[dict[str, Any]]
) -> None:
    for people in (students, positions):
        assert any((person["birth_date"] or 0) < 0 for person in people)


@pytest.mark.parametrize(
    ("midnight", "zone"), [(Midnight.LOCAL, ZoneInfo("Asia/Tashkent")), (Midnight.UTC, UTC)]
)
def test_dates_are_midnight_for_nearly_all(midnight: Midnight, zone: Any) -> None:
    population = Students(3, Behaviour(date_midnight=midnight))

    births = [population.item(n)["birth_date"] for n in range(1_000)]
    hours = Counter(datetime.fromtimestamp(birth, zone).hour for birth in births if birth)

    assert hours[0] > 970


def test_the_day_is_the_same_in_tashkent_whichever_the_midnight() -> None:
    local, utc = (Students(3, Behaviour(date_midnight=midnight)) for midnight in Midnight)
    zone = ZoneInfo("Asia/Tashkent")

    for n in range(300):
        days = [
            datetime.fromtimestamp(population.item(n)["birth_date"] or 0, zone).date()
            for population in (local, utc)
        ]
        assert days[0] == days[1]


def test_classifier_codes_are_text(
    students: list[dict[str, Any]], positions: list[dict[str, Any]]
) -> None:
    classifiers = [
        value
        for item in (*students, *positions)
        for value in item.values()
        if isinstance(value, dict) and "code" in value
    ]

    assert all(isinstance(classifier["code"], str) for classifier in classifiers)


def test_a_parent_is_a_number_an_object_or_null(positions: list[dict[str, Any]]) -> None:
    assert {type(item["department"]["parent"]) for item in positions} == {int, dict, type(None)}


def test_a_specialtys_id_is_a_number_or_text(students: list[dict[str, Any]]) -> None:
    assert {type(student["specialty"]["id"]) for student in students} == {int, str}


def test_a_students_department_is_a_faculty(students: list[dict[str, Any]]) -> None:
    assert {student["department"]["structureType"]["code"] for student in students} == {"11"}


def test_apostrophes_are_written_in_several_ways(students: list[dict[str, Any]]) -> None:
    letters = "".join(student["full_name"] for student in students)

    assert all(mark in letters for mark in "‘’ʻʼ'`")


def test_only_tutors_have_groups(positions: list[dict[str, Any]]) -> None:
    for item in positions:
        assert bool(item.get("tutorGroups")) <= (item["staffPosition"]["code"] == "34")


def test_some_classifiers_can_be_bare_text() -> None:
    student = Students(3, Behaviour(plain_text=True)).item(1)

    assert isinstance(student["socialCategory"], str)
    assert isinstance(student["studentStatus"], dict)

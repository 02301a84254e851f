"""Filters, searches and single students, with what HEMIS silently ignores."""

from collections.abc import Callable
from typing import Any

import pytest

from libs.simulator.errors import MissingParameter, ServerError, UnknownStudent

Ask = Callable[..., Any]


def total(page: Any) -> int:
    return int(page["pagination"]["totalCount"])


def test_without_a_status_only_those_who_study_are_listed(every: Ask) -> None:
    everybody = every("student-list", _student_status=-1)
    listed = every("student-list")

    assert {student["studentStatus"]["code"] for student in listed} == {"11"}
    assert len(listed) == sum(student["studentStatus"]["code"] == "11" for student in everybody)


def test_an_empty_status_is_no_status(ask: Ask) -> None:
    assert ask("student-list", _student_status="") == ask("student-list")


def test_dismissed_employees_are_listed(every: Ask) -> None:
    codes = {item["employeeStatus"]["code"] for item in every("employee-list", type="all")}

    assert "14" in codes


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("_education_form", "educationForm"),
        ("_education_type", "educationType"),
        ("_level", "level"),
        ("_semester", "semester"),
        ("_gender", "gender"),
        ("_citizenship", "citizenship"),
        ("_province", "province"),
        ("_district", "district"),
        ("_student_status", "studentStatus"),
    ],
)
def test_a_code_filters_students(every: Ask, parameter: str, field: str) -> None:
    everybody = every("student-list", _student_status=-1)
    code = next(item[field]["code"] for item in everybody if item.get(field))

    found = every("student-list", **{"_student_status": -1, parameter: code})

    expected = [item for item in everybody if (item.get(field) or {}).get("code") == code]
    assert found == expected != []


@pytest.mark.parametrize(
    ("parameter", "field"),
    [("_department", "department"), ("_specialty", "specialty"), ("_group", "group")],
)
def test_an_id_filters_students(every: Ask, parameter: str, field: str) -> None:
    everybody = every("student-list", _student_status=-1)
    ids = ((item.get(field) or {}).get("id") for item in everybody)
    wanted = next(found for found in ids if isinstance(found, int))

    found = every("student-list", **{"_student_status": -1, parameter: wanted})

    expected = [item for item in everybody if (item.get(field) or {}).get("id") == wanted]
    assert found == expected != []


def test_a_curriculum_filters_students(every: Ask) -> None:
    wanted = every("student-list")[0]["_curriculum"]

    assert {item["_curriculum"] for item in every("student-list", _curriculum=wanted)} == {wanted}


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("_gender", "gender"),
        ("_staff_position", "staffPosition"),
        ("_employee_status", "employeeStatus"),
        ("_employment_form", "employmentForm"),
        ("_employment_staff", "employmentStaff"),
        ("_employee_type", "employeeType"),
        ("_academic_rank", "academicRank"),
        ("_academic_degree", "academicDegree"),
    ],
)
def test_a_code_filters_employees(every: Ask, parameter: str, field: str) -> None:
    everybody = every("employee-list", type="all")
    code = next(item[field]["code"] for item in everybody if item.get(field))

    found = every("employee-list", **{"type": "all", parameter: code})

    expected = [item for item in everybody if (item.get(field) or {}).get("code") == code]
    assert found == expected != []


def test_teachers_and_employees_are_everybody(every: Ask) -> None:
    teachers, others = (every("employee-list", type=kind) for kind in ("teacher", "employee"))

    assert {item["employeeType"]["code"] for item in teachers} == {"12"}
    assert len(teachers) + len(others) == 230


def test_filters_add_up(ask: Ask) -> None:
    women = total(ask("student-list", _student_status=-1, _gender=12))
    both = total(ask("student-list", _student_status=-1, _gender=12, _education_form=13))

    assert 0 < both < women


def test_employees_need_a_type(ask: Ask) -> None:
    with pytest.raises(MissingParameter, match="Kerakli parametrlar yetishmayapti: type"):
        ask("employee-list")


@pytest.mark.parametrize(
    "ignored",
    [
        {"_payment_form": 11},
        {"_accommodation": 15},
        {"passport_pin": "30101010000000"},
        {"passport_number": "AA0000000"},
        {"l": "ru-RU"},
        {"id": 50_421},
        {"nonsense": "x"},
    ],
)
def test_what_hemis_ignores_changes_nothing(ask: Ask, ignored: dict[str, object]) -> None:
    assert ask("student-list", **ignored) == ask("student-list")


def test_both_halves_of_a_passport_filter(ask: Ask) -> None:
    page = ask("student-list", passport_pin="30101010000000", passport_number="AA0000000")

    assert total(page) == 0


@pytest.mark.parametrize("parameter", ["_education_form", "_gender", "_department", "_group"])
def test_a_comma_list_finds_nobody(ask: Ask, parameter: str) -> None:
    assert total(ask("student-list", **{parameter: "11,12,5,6"})) == 0


@pytest.mark.parametrize(
    "parameter", ["_department", "_specialty", "_group", "_curriculum", "updated_at_from"]
)
def test_text_in_a_numeric_filter_is_a_server_error(ask: Ask, parameter: str) -> None:
    with pytest.raises(ServerError, match="Ichki server xatosi"):
        ask("student-list", **{parameter: "abc"})


def test_a_time_of_change_filters_students(every: Ask) -> None:
    everybody = every("student-list", _student_status=-1)
    first, last = sorted(item["updated_at"] for item in everybody)[50:150:99]

    found = every("student-list", _student_status=-1, updated_at_from=first, updated_at_to=last)

    assert found == [item for item in everybody if first <= item["updated_at"] <= last]
    assert len(found) >= 100


def test_a_search_finds_a_part_of_a_name_in_any_case(every: Ask) -> None:
    name = every("student-list")[0]["second_name"]

    found = every("student-list", search=name.lower())

    assert found
    assert all(name in item["full_name"] for item in found)


def test_a_search_finds_a_part_of_a_number(every: Ask) -> None:
    found = every("student-list", _student_status=-1, search="51200658")

    assert [item["id"] for item in found] == [50_421]


def test_a_search_for_a_number_keeps_to_the_status(every: Ask) -> None:
    graduate = next(
        item
        for item in every("student-list", _student_status=14)
        if item["student_id_number"] is not None
    )
    number = graduate["student_id_number"]

    assert every("student-list", search=number) == []
    assert every("student-list", search=number, _student_status=-1) == [graduate]


def test_a_search_for_an_employees_number_finds_all_positions(every: Ask) -> None:
    found = every("employee-list", type="all", search="3262311010")

    assert [item["id"] for item in found] == [1_826, 1_826]


@pytest.mark.parametrize(
    "query",
    [
        {"student_id": 50_421},
        {"student_id_number": "326251200658"},
        {"student_id": 50_421, "student_id_number": "326251200658"},
    ],
)
def test_one_student_is_the_lists_item_and_more(ask: Ask, query: dict[str, object]) -> None:
    (listed,) = ask("student-list", search="326251200658")["items"]

    student = ask("student-info", **query)

    assert student | listed == student
    assert set(student) - set(listed) == {"subjects", "documents"}


def test_one_student_is_found_whatever_the_status(every: Ask, ask: Ask) -> None:
    graduate = every("student-list", _student_status=14)[0]

    assert ask("student-info", student_id=graduate["id"])["id"] == graduate["id"]


@pytest.mark.parametrize(
    "query",
    [
        {"student_id": 1},
        {"student_id": 50_250},
        {"student_id_number": "3262512006"},
        {"student_id_number": "326259999999"},
        {"student_id": 50_422, "student_id_number": "326251200658"},
    ],
)
def test_nobody_is_unknown(ask: Ask, query: dict[str, object]) -> None:
    with pytest.raises(UnknownStudent):
        ask("student-info", **query)


def test_one_student_needs_an_id_or_a_number(ask: Ask) -> None:
    with pytest.raises(MissingParameter, match="student_id_number"):
        ask("student-info", pnfl="30101010000000")


def test_one_students_id_is_a_number(ask: Ask) -> None:
    with pytest.raises(ServerError):
        ask("student-info", student_id="abc")

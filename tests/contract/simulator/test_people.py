"""The invented people: exact, repeatable, and as odd as real ones."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from libs.simulator.behaviour import Behaviour
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.invented.dice import weighted
from libs.simulator.invented.employees import Employees
from libs.simulator.invented.numbering import EMPLOYEES, STUDENTS, Numbering
from libs.simulator.invented.students import Students

PEOPLE = 2_000
STUDENT_KEYS = """
id meta_id university full_name short_name first_name second_name third_name gender birth_date
student_id_number image image_full avg_gpa avg_grade total_credit country province currentProvince
district currentDistrict terrain currentTerrain citizenship studentStatus _curriculum educationForm
educationType paymentForm studentType socialCategory povertyLevel accommodation department specialty
group level semester educationYear year_of_enter roommate_count is_graduate total_acload other email
validateUrl hash created_at updated_at
"""
EMPLOYEE_KEYS = """
id meta_id full_name short_name first_name second_name third_name employee_id_number gender
birth_date image image_full year_of_enter specialty academicDegree academicRank department
employmentForm employmentStaff staffPosition employeeStatus employeeType contract_number
decree_number contract_date decree_date tutorGroups active hash created_at updated_at
"""


@pytest.mark.parametrize("seed", [0, 1, -5, 10**12])
def test_the_guides_student_is_always_there(seed: int) -> None:
    student = Students(seed, Behaviour()).item(0)

    assert (student["id"], student["student_id_number"]) == (50_421, "326251200658")
    assert student["studentStatus"]["code"] == "11"
    assert set(student) == set(STUDENT_KEYS.split())


@pytest.mark.parametrize("seed", [0, 1, -5, 10**12])
def test_the_guides_employee_is_always_there_with_two_positions(seed: int) -> None:
    population = Employees(seed, Behaviour())

    rows = [population.item(n) for n in population.with_id(1_826)]

    assert [row["employee_id_number"] for row in rows] == ["3262311010"] * 2
    assert len({row["meta_id"] for row in rows}) == 2
    assert set(rows[0]) == set(EMPLOYEE_KEYS.split())


def test_an_item_is_the_same_bytes_each_time() -> None:
    first, second = (
        [msgspec.json.encode(Students(3, Behaviour()).item(n)) for n in range(50)] for _ in "ab"
    )

    assert first == second


def test_another_seed_makes_other_people() -> None:
    assert Students(1, Behaviour()).item(5) != Students(2, Behaviour()).item(5)


def test_student_ids_and_numbers_are_unique(students: list[dict[str, Any]]) -> None:
    numbers = [student["student_id_number"] for student in students]
    present = [number for number in numbers if number]

    assert len({student["id"] for student in students}) == PEOPLE
    assert len(set(present)) == len(present)
    assert all(len(number) == 12 for number in present)


@pytest.mark.parametrize("numbering", [STUDENTS, EMPLOYEES])
@pytest.mark.parametrize("n", [0, 1, 26, 421, 99_999, 100_000, 12_345_678])
def test_a_number_and_an_id_lead_back_to_the_place(numbering: Numbering, n: int) -> None:
    assert numbering.place_of_number(numbering.number_of(n, 2024)) == n
    assert numbering.place_of_id(numbering.id_of(n)) == n


@pytest.mark.parametrize(
    "text", ["", "326", "32625", "39925120065", "o‘g‘li", "٣٢٦251200658", "326" + "0" * 5_000]
)
def test_what_is_no_whole_number_leads_nowhere(text: str) -> None:
    assert STUDENTS.place_of_number(text) is None


def test_a_person_comes_once_for_each_position(positions: list[dict[str, Any]]) -> None:
    posts = Counter(position["id"] for position in positions)
    shared = ("full_name", "employee_id_number", "birth_date", "image", "year_of_enter")

    assert len(posts) == PEOPLE * 16 // 20
    assert set(posts.values()) == {1, 2, 3}
    for field in shared:
        assert len({(item["id"], item.get(field)) for item in positions}) == len(posts)


def test_positions_without_meta_id_differ_in_the_fallback_key() -> None:
    population = Employees(3, Behaviour(without_meta_id="all"))

    rows = [population.item(n) for n in range(PEOPLE)]

    assert not any("meta_id" in row for row in rows)
    assert len({_fallback_key(row) for row in rows}) == PEOPLE


@pytest.mark.parametrize(("which", "missing"), [("none", 0), ("all", PEOPLE)])
def test_how_many_positions_lack_a_meta_id_can_be_switched(which: Any, missing: int) -> None:
    population = Employees(3, Behaviour(without_meta_id=which))

    assert sum("meta_id" not in population.item(n) for n in range(PEOPLE)) == missing


def test_a_million_students_take_no_more_room_than_one() -> None:
    hemis = SimulatedHemis(students=10**6, employees=10**6)

    assert len(hemis.rosters["students"]) == 10**6
    assert hemis.rosters["students"].with_number("326251200658") == [0]


def test_weights_are_per_cents() -> None:
    with pytest.raises(ValueError, match="99 per cent"):
        weighted({"11": 99})


def _fallback_key(row: dict[str, Any]) -> tuple[object, ...]:
    codes = (row[name]["code"] for name in ("staffPosition", "employmentForm"))
    return (row["id"], row["department"]["id"], *codes)


Ask = Callable[..., Any]


def test_a_list_is_not_in_the_order_of_its_ids(every: Ask) -> None:
    ids = [student["id"] for student in every("student-list", _student_status=-1)]

    assert len(set(ids)) == len(ids) == 250
    assert ids != sorted(ids)

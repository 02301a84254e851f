"""The list of departments: the units that the people belong to."""

from libs.simulator.hemis import SimulatedHemis
from tests.contract.simulator.conftest import Ask


def test_every_department_of_a_person_is_in_the_list(ask: Ask) -> None:
    departments = {item["id"] for item in ask("department-list", limit="200")["items"]}
    people = ask("employee-list", type="all", limit="200")["items"]

    assert {item["department"]["id"] for item in people} <= departments


def test_the_unit_above_is_null_a_number_or_the_unit_itself(ask: Ask) -> None:
    parents = [item["parent"] for item in ask("department-list", limit="200")["items"]]

    assert {type(parent) for parent in parents} == {type(None), int, dict}


def test_departments_are_filtered_by_structure_and_by_whether_they_are_open(ask: Ask) -> None:
    faculties = ask("department-list", _structure_type="11")["items"]
    closed = ask("department-list", active="0", limit="200")["items"]

    assert {item["structureType"]["name"] for item in faculties} == {"Fakultet"}
    assert {item["active"] for item in closed} == {False}


def test_new_offices_are_found_by_their_ids() -> None:
    roster = SimulatedHemis(students=0, employees=0).rosters["departments"]
    roster.add("end")
    (row,) = roster.rows(len(roster) - 1, len(roster))

    assert roster.find(str(roster.item(row)["id"])) == [row]

"""People changed, removed, added and raw items inserted while the simulator runs."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from libs.simulator.behaviour import Behaviour, Midnight
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.listing.changes import UnknownRecord
from libs.simulator.listing.order import Order
from libs.simulator.listing.seating import Seating
from libs.simulator.records import RecordsChange, apply_change

Ask = Callable[..., Any]
Students = Callable[[], list[Any]]


@pytest.fixture
def students(every: Ask) -> Students:
    return lambda: list(every("student-list", _student_status=-1))


def changed(**fields: Any) -> RecordsChange:
    return msgspec.convert({"resource": "students", **fields}, RecordsChange)


def test_a_change_is_seen_in_list_search_and_info(
    hemis: SimulatedHemis, students: Students, ask: Ask
) -> None:
    before = next(item for item in students() if item["id"] == 50_421)

    apply_change(hemis, changed(change={"50421": {"email": "x@example.uz"}}))

    after = next(item for item in students() if item["id"] == 50_421)
    assert after["email"] == "x@example.uz"
    assert after["updated_at"] > before["updated_at"]
    assert after["hash"] != before["hash"]
    assert ask("student-list", search="326251200658")["items"] == [after]
    assert ask("student-info", student_id=50_421)["email"] == "x@example.uz"


def test_a_changed_item_is_the_same_bytes_each_time(hemis: SimulatedHemis) -> None:
    apply_change(hemis, changed(change={"50421": {"email": "x@example.uz"}}))

    roster = hemis.rosters["students"]

    assert bytes(roster.body(0)) == bytes(roster.body(0))


def test_a_changed_status_moves_a_student_between_filters(hemis: SimulatedHemis, ask: Ask) -> None:
    before = ask("student-list")["pagination"]["totalCount"]

    apply_change(hemis, changed(change={"50421": {"studentStatus": {"code": "14", "name": "B"}}}))

    assert ask("student-list")["pagination"]["totalCount"] == before - 1
    assert ask("student-list", search="326251200658")["items"] == []


def test_a_changed_number_is_found(hemis: SimulatedHemis, ask: Ask) -> None:
    apply_change(hemis, changed(change={"50421": {"student_id_number": "326259999999"}}))

    found = ask("student-list", search="326259999999")["items"]

    assert [item["id"] for item in found] == [50_421]
    assert ask("student-list", search="326251200658")["items"] == []


def test_the_removed_are_gone_and_the_others_move_up(
    hemis: SimulatedHemis, students: Students
) -> None:
    before = students()
    gone = [before[place]["id"] for place in (0, 3, 4, 120, 249)]

    apply_change(hemis, changed(remove=gone))

    assert students() == [item for item in before if item["id"] not in gone]


def test_the_removed_are_unknown(hemis: SimulatedHemis) -> None:
    apply_change(hemis, changed(remove=[50_421]))

    with pytest.raises(UnknownRecord, match="50421"):
        apply_change(hemis, changed(remove=[50_421]))


@pytest.mark.parametrize("key", ["1", "50250", "-1", "x", "50421:1"])
def test_an_unknown_key_changes_nothing_at_all(hemis: SimulatedHemis, key: str) -> None:
    with pytest.raises(UnknownRecord):
        apply_change(hemis, changed(add=1, remove=[50_421], change={key: {}}))

    assert len(hemis.rosters["students"]) == 250


@pytest.mark.parametrize(("end", "places"), [("start", slice(0, 2)), ("end", slice(250, 252))])
def test_the_added_are_new_people_at_either_end(
    hemis: SimulatedHemis, students: Students, end: str, places: slice
) -> None:
    before = students()

    apply_change(hemis, changed(add=2, at=end))

    after = students()
    assert len({item["id"] for item in after}) == len(after) == 252
    assert [item for item in after if item in before] == before
    assert not any(item in before for item in after[places])


def test_an_added_student_can_be_found_and_removed(hemis: SimulatedHemis, ask: Ask) -> None:
    apply_change(hemis, changed(add=1))

    assert ask("student-info", student_id=50_250)["id"] == 50_250
    apply_change(hemis, changed(remove=[50_250]))

    assert len(hemis.rosters["students"]) == 250


def test_one_position_of_a_person_can_be_changed_and_removed(
    hemis: SimulatedHemis, ask: Ask
) -> None:
    change = {"1826:2600": {"active": False}}
    apply_change(hemis, changed(resource="employees", change=change, remove=["1826:2601"]))

    (position,) = ask("employee-list", type="all", search="3262311010")["items"]

    assert (position["meta_id"], position["active"]) == (2_600, False)


def test_an_id_changes_all_positions_of_a_person(hemis: SimulatedHemis, ask: Ask) -> None:
    apply_change(hemis, changed(resource="employees", change={"1826": {"image": None}}))

    found = ask("employee-list", type="all", search="3262311010")["items"]

    assert [item["image"] for item in found] == [None, None]


@pytest.mark.parametrize(
    "text", ["null", "17", '{"id": 1e400}', '{"id":"\\ud800"}', "NaN", '{"a":1,"a":2}', "{]"]
)
def test_anything_can_stand_between_the_items(hemis: SimulatedHemis, text: str) -> None:
    apply_change(hemis, changed(insert_text=[text]))

    roster = hemis.rosters["students"]
    (row,) = roster.rows(250, 800)

    assert len(roster) == 251
    assert bytes(roster.body(row)) == text.encode()


def test_a_raw_item_keeps_its_spelling(hemis: SimulatedHemis) -> None:
    body = b'{"resource":"students","insert_raw":[{"id" : 123456789012345678901234567890}]}'

    apply_change(hemis, msgspec.json.decode(body, type=RecordsChange))

    assert bytes(hemis.rosters["students"].body(-1)) == b'{"id" : 123456789012345678901234567890}'


def test_a_raw_item_passes_the_filters_it_fits(hemis: SimulatedHemis, ask: Ask) -> None:
    item = {"id": "x", "full_name": "NOMA’LUM", "studentStatus": {"code": "11"}}

    apply_change(hemis, changed(insert_text=[msgspec.json.encode(item).decode(), "null", "{]"]))

    assert ask("student-list", search="noma’lum")["items"] == [item]


def test_another_behaviour_keeps_the_changes(hemis: SimulatedHemis, students: Students) -> None:
    apply_change(hemis, changed(change={"50421": {"email": "x@example.uz"}}, add=1))

    hemis.behave(Behaviour(date_midnight=Midnight.UTC))

    after = students()
    assert len(after) == 251
    assert [item["email"] for item in after if item["id"] == 50_421] == ["x@example.uz"]


@pytest.mark.parametrize("places", [1, 2, 3, 7, 100, 1_024])
def test_an_order_is_a_permutation(places: int) -> None:
    order = Order(places, seed=12_345)

    seats = [order.place_at(seat) for seat in range(places)]

    assert sorted(seats) == list(range(places))
    assert [order.seat_of(place) for place in seats] == list(range(places))


def test_a_seating_without_any_left_is_empty() -> None:
    seating = Seating(3, Order(3, seed=1))
    for row in (2, 0, 1):
        seating.leave(row)

    assert len(seating) == 0
    assert not any(seating.holds(row) for row in range(3))


def test_another_version_adds_drops_and_retypes_a_field(
    hemis: SimulatedHemis, students: Students
) -> None:
    before = students()

    hemis.behave(Behaviour(new_field="score", dropped_field="hash", retyped_field="avg_gpa"))

    for old, new in zip(before, students(), strict=True):
        gpa = old["avg_gpa"]
        assert new.pop("score") in range(5)
        assert new["avg_gpa"] == (None if gpa is None else str(gpa))
        assert new.keys() == old.keys() - {"hash"}


def test_a_retyped_value_may_be_an_object(hemis: SimulatedHemis, students: Students) -> None:
    before = students()

    hemis.behave(Behaviour(retyped_field="hash", retyped_to="object"))

    hashes = [student["hash"] for student in before]
    assert [student["hash"] for student in students()] == [{"value": one} for one in hashes]

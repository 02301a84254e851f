"""Pages and their envelope, as Yii2 makes them."""

from collections.abc import Callable
from typing import Any

import pytest

from libs.simulator.behaviour import Behaviour
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.listing.pages import PageRequest, page_request, paginate

Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ({}, PageRequest(1, 20)),
        ({"page": "3", "limit": "50"}, PageRequest(3, 50)),
        ({"limit": "200"}, PageRequest(1, 200)),
        ({"limit": "201"}, PageRequest(1, 200)),
        ({"limit": "0"}, PageRequest(1, 1)),
        ({"limit": "many"}, PageRequest(1, 1)),
        ({"page": "0"}, PageRequest(1, 20)),
        ({"page": "-4"}, PageRequest(1, 20)),
        ({"page": "two"}, PageRequest(1, 20)),
        ({"page": ""}, PageRequest(1, 20)),
        ({"offset": "40", "limit": "20"}, PageRequest(1, 20)),
    ],
)
def test_page_and_limit_are_read_as_yii2_reads_them(
    query: dict[str, str], asked: PageRequest
) -> None:
    assert page_request(query) == asked


@pytest.mark.parametrize(
    ("total", "page", "answered"),
    [(0, 1, 1), (0, 9, 1), (20, 1, 1), (20, 2, 1), (21, 2, 2), (21, 99, 2)],
)
def test_a_page_beyond_the_last_is_the_last_one_again(total: int, page: int, answered: int) -> None:
    assert paginate(total, PageRequest(page, 20), "clamp").page == answered


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (20, 1), (21, 2)])
def test_the_page_count_covers_the_total(total: int, pages: int) -> None:
    assert paginate(total, PageRequest(1, 20), "clamp").page_count == pages


def test_a_page_beyond_the_last_repeats_its_items(ask: Ask) -> None:
    last, beyond = (ask("employee-list", type="all", limit=50, page=page) for page in (5, 77))

    assert len(last["items"]) == 30
    assert beyond == last


def test_a_page_beyond_the_last_can_be_empty_instead(hemis: SimulatedHemis, ask: Ask) -> None:
    hemis.behave(Behaviour(past_end="empty"))

    beyond = ask("employee-list", type="all", limit=50, page=77)

    assert beyond["items"] == []
    assert beyond["pagination"] == {"totalCount": 230, "pageSize": 50, "pageCount": 5, "page": 77}


def test_the_limit_that_was_used_can_be_read_back(ask: Ask) -> None:
    page = ask("student-list", _student_status=-1, limit=500)

    assert len(page["items"]) == page["pagination"]["pageSize"] == 200


def test_an_offset_is_ignored(ask: Ask) -> None:
    assert ask("employee-list", type="all", offset=20) == ask("employee-list", type="all")


def test_all_pages_together_hold_everybody_once(every: Ask) -> None:
    students = every("student-list", _student_status=-1)
    positions = every("employee-list", type="all")

    assert len({student["id"] for student in students}) == len(students) == 250
    assert len(positions) == 230


def test_the_envelope_can_be_the_arrays_of_the_swagger_text(
    hemis: SimulatedHemis, ask: Ask
) -> None:
    hemis.behave(Behaviour(envelope="array"))

    (page,) = ask("student-list", _student_status=-1)

    assert page["pagination"][0]["totalCount"] == 250


def test_a_total_can_be_wrong(ask: Ask) -> None:
    page = ask("employee-list", wrong_by=-2, type="all")

    assert page["pagination"]["totalCount"] == 228


def test_a_wrong_total_is_never_below_zero(ask: Ask) -> None:
    page = ask("employee-list", wrong_by=-999, type="all")

    assert page["pagination"] == {"totalCount": 0, "pageSize": 20, "pageCount": 0, "page": 1}


@pytest.mark.parametrize("amount", [0, 1, 2])
def test_a_tiny_university_is_exact_too(amount: int) -> None:
    hemis = SimulatedHemis(students=amount, employees=amount)

    assert [len(hemis.rosters[name]) for name in ("students", "employees")] == [amount, amount]
    assert len(list(hemis.rosters["students"].rows(0, 20))) == amount

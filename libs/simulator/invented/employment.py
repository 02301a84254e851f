"""One position of an invented employee: where, as what, since when."""

from datetime import timedelta
from typing import NamedTuple

from libs.simulator.behaviour import Midnight
from libs.simulator.invented import dates, university
from libs.simulator.invented.classifiers import (
    ACADEMIC_DEGREE,
    ACADEMIC_RANK,
    EMPLOYEE_STATUS,
    EMPLOYEE_TYPE,
    EMPLOYMENT_FORM,
    EMPLOYMENT_STAFF,
    STAFF_POSITION,
    Item,
)
from libs.simulator.invented.dice import Dice, weighted

# One round of 20 posts: the person of each, counted from 0. 16 people; 3 of them hold more.
_ROUND = (0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 9, 10, 11, 12, 13, 14, 15)
_PEOPLE = _ROUND[-1] + 1

_DEGREES = weighted({"10": 55, "11": 37, "12": 8})
_RANKS = weighted({"10": 65, "11": 25, "12": 4, "13": 6})
_STAFF = weighted({"11": 60, "12": 10, "13": 20, "14": 10})
_STATUSES = weighted({"11": 58, "12": 2, "13": 1, "14": 39})
_POSTS = (
    (("11",), _STATUSES),
    (weighted({"12": 60, "13": 20, "14": 20}), _STATUSES),
    (("11",), ("14",)),
)
"""Employment forms and statuses of a person's first, second and third post."""
_ROLES = weighted(
    {"12": 20, "13": 18, "14": 16, "15": 6, "11": 4, "16": 4, "17": 22, "25": 1, "26": 2, "34": 7}
)
_OFFICE_TYPES = weighted({"11": 40, "13": 35, "14": 20, "10": 5})
_OFFICE_HEAD, _TUTOR = "17", "34"
_UNITS = {
    _OFFICE_HEAD: university.OFFICES,
    "25": university.FACULTIES,
    "26": university.FACULTIES,
    _TUTOR: university.FACULTIES,
}
"""Where those work who are not teachers of a chair."""


class Post(NamedTuple):
    person: int
    ordinal: int
    """Of this person's posts, from 0."""


def post_at(n: int) -> Post:
    turn, seat = divmod(n, len(_ROUND))
    return Post(turn * _PEOPLE + _ROUND[seat], seat - _ROUND.index(_ROUND[seat]))


def posts_of(person: int) -> list[int]:
    """The places of a person's posts, side by side before the listing's order is applied."""
    turn, member = divmod(person, _PEOPLE)
    return [turn * len(_ROUND) + seat for seat, owner in enumerate(_ROUND) if owner == member]


class Role(NamedTuple):
    """``staffPosition``, ``employmentForm`` and ``employeeStatus`` by code."""

    position: str
    form: str
    status: str


_EXAMPLE_ROLES = (Role("14", "11", "11"), Role("26", "12", "11"))


def role_of(dice: Dice, post: Post) -> Role:
    """First the main post, then an additional one, then one that was left before."""
    if post.person == 0:
        return _EXAMPLE_ROLES[post.ordinal]
    forms, statuses = _POSTS[post.ordinal]
    return Role(dice.pick(_ROLES), dice.pick(forms), dice.pick(statuses))


def academic_grade(dice: Dice) -> Item:
    return {
        "academicDegree": ACADEMIC_DEGREE[dice.pick(_DEGREES)],
        "academicRank": ACADEMIC_RANK[dice.pick(_RANKS)],
    }


def employment(dice: Dice, post: Post, role: Role) -> Item:
    """The fields from ``department`` to ``employeeType``."""
    return {
        "department": dice.pick(_unit(post, role)),
        "employmentForm": EMPLOYMENT_FORM[role.form],
        "employmentStaff": EMPLOYMENT_STAFF[dice.pick(_STAFF)],
        "staffPosition": STAFF_POSITION[role.position],
        "employeeStatus": EMPLOYEE_STATUS[role.status],
        "employeeType": EMPLOYEE_TYPE[_type(dice, role)],
    }


def contract(dice: Dice, year: int, midnight: Midnight) -> Item:
    """Numbers and dates of the contract and of the decree some days later."""
    signed = dates.day_in(dice, year)
    number = dice.number(400) + 1
    return {
        "contract_number": str(number),
        "decree_number": f"{number}-k",
        "contract_date": dates.midnight(signed, midnight),
        "decree_date": dates.midnight(signed + timedelta(days=dice.number(5)), midnight),
    }


def standing(dice: Dice, role: Role) -> Item:
    """Groups of a tutor, and ``active``, which some forget to take from those who left."""
    return {
        "tutorGroups": _groups(dice) if role.position == _TUTOR else [],
        "active": role.status != "14" or dice.one_in(10),
    }


def _unit(post: Post, role: Role) -> university.Shapes:
    """Another unit for each post of a person, so that posts differ also without ``meta_id``."""
    units = _UNITS.get(role.position, university.CHAIRS)
    return units[(5 * post.person + 7 * post.ordinal) % len(units)]


def _type(dice: Dice, role: Role) -> str:
    if role.position == _OFFICE_HEAD:
        return dice.pick(_OFFICE_TYPES)
    return "11" if role.position in _UNITS else "12"


def _groups(dice: Dice) -> list[Item]:
    first = dice.number(32)
    lanes = range(dice.number(3) + 1)
    groups = [university.group(first, 2025, lane) for lane in lanes]
    return [{"id": group["id"], "name": group["name"]} for group in groups]

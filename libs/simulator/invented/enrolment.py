"""What an invented student studies: one place in one group of one specialty."""

from typing import NamedTuple

from libs.simulator.invented import university
from libs.simulator.invented.classifiers import (
    COURSE,
    EDUCATION_FORM,
    EDUCATION_TYPE,
    PAYMENT_FORM,
    SEMESTER,
    STUDENT_STATUS,
    STUDENT_TYPE,
    Item,
)
from libs.simulator.invented.dice import Dice, weighted

THIS_YEAR = 2025
"""The academic year 2025-2026, whenever the simulator runs."""

_STATUSES = weighted({"11": 42, "14": 44, "12": 9, "13": 4, "10": 1})
_FORMS = weighted({"11": 68, "13": 18, "12": 8, "16": 3, "14": 2, "15": 1})
_PAYMENTS = weighted({"11": 30, "12": 70})
_TYPES = weighted({"11": 90, "12": 3, "13": 4, "14": 3})
_EDUCATION = weighted({"11": 88, "12": 12})
_YEARS_OF_STUDY = {"11": 4, "12": 2}
_LANES = {"11": (0, 1, 2, 3), "12": (4, 5)}


class Enrolment(NamedTuple):
    status: str
    education_type: str
    year: int
    """Year of entering."""

    @property
    def course(self) -> int:
        """Year of study, from 1; the last one for those who left."""
        reached = THIS_YEAR - self.year + 1
        return min(reached, _YEARS_OF_STUDY[self.education_type])

    @property
    def last_year(self) -> int:
        """Academic year of the course above."""
        return self.year + self.course - 1


def enrolled(dice: Dice) -> Enrolment:
    status = dice.pick(_STATUSES)
    education_type = dice.pick(_EDUCATION)
    years = _YEARS_OF_STUDY[education_type]
    if status == "14":
        return Enrolment(status, education_type, THIS_YEAR - years - dice.number(6))
    return Enrolment(status, education_type, THIS_YEAR - dice.number(years))


def study(dice: Dice, enrolment: Enrolment) -> Item:
    """The fields from ``studentStatus`` to ``studentType``."""
    return {
        "studentStatus": STUDENT_STATUS[enrolment.status],
        "_curriculum": dice.number(60) + 60 * (enrolment.year % 10) + 1,
        "educationForm": EDUCATION_FORM[dice.pick(_FORMS)],
        "educationType": EDUCATION_TYPE[enrolment.education_type],
        "paymentForm": PAYMENT_FORM[dice.pick(_PAYMENTS)],
        "studentType": STUDENT_TYPE[dice.pick(_TYPES)],
    }


def place_of_study(dice: Dice, enrolment: Enrolment) -> Item:
    """The fields from ``department`` to ``year_of_enter``."""
    faculty = dice.number(len(university.FACULTIES))
    branch = university.branch(dice)
    lane = dice.pick(_LANES[enrolment.education_type])
    year = enrolment.year
    return {
        "department": dice.pick(university.FACULTIES[faculty]),
        "specialty": university.specialty(faculty, branch, enrolment.education_type),
        "group": university.group(faculty * 4 + branch, year, lane),
        **_progress(enrolment),
        "year_of_enter": year,
    }


def _progress(enrolment: Enrolment) -> Item:
    half = 2 * enrolment.course - 1
    year = enrolment.last_year
    return {
        "level": COURSE[str(10 + enrolment.course)],
        "semester": {"id": 900 + 12 * (year % 40) + half, **SEMESTER[str(10 + half)]},
        "educationYear": {
            "code": str(year),
            "name": f"{year}-{year + 1}",
            "current": year == THIS_YEAR,
        },
    }

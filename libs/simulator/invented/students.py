"""The invented students: one item per place, computed when asked for."""

from dataclasses import dataclass

from libs.simulator.behaviour import Behaviour
from libs.simulator.invented import dates, marking, names, oddities, territories
from libs.simulator.invented.classifiers import (
    ACCOMMODATION,
    CITIZENSHIP,
    POVERTY_LEVEL,
    SOCIAL_CATEGORY,
    Item,
)
from libs.simulator.invented.dice import Dice, weighted
from libs.simulator.invented.enrolment import Enrolment, enrolled, place_of_study, study
from libs.simulator.invented.numbering import STUDENTS
from libs.simulator.invented.university import UNIVERSITY_ITEM

_EXAMPLE = 0
_EXAMPLE_ENROLMENT = Enrolment(status="11", education_type="11", year=2025)

_CITIZENS = weighted({"11": 98, "12": 1, "13": 1})
_SOCIAL = weighted({"10": 84, "11": 2, "12": 4, "13": 4, "14": 6})
_POVERTY = weighted({"10": 93, "11": 7})
_HOUSING = weighted({"11": 45, "12": 10, "13": 3, "14": 22, "15": 20})


@dataclass(frozen=True)
class Students:
    """Place 0 is the guide's student: 50421, number 326251200658, studying, nothing odd."""

    seed: int
    behaviour: Behaviour

    def item(self, n: int) -> Item:
        dice = Dice(self.seed, "student", n)
        if n == _EXAMPLE:
            return self._regular(n, dice, _EXAMPLE_ENROLMENT)
        item = self._regular(n, dice, enrolled(dice))
        return oddities.patched(item, oddities.odd_patch(dice, oddities.STUDENT_PATCHES, one_in=20))

    def with_id(self, hemis_id: int) -> list[int]:
        """Places that have this id, whether or not the population is that large."""
        n = STUDENTS.place_of_id(hemis_id)
        return [] if n is None else [n]

    def with_number(self, number: str) -> list[int]:
        n = STUDENTS.place_of_number(number)
        return [] if n is None else [n]

    def _regular(self, n: int, dice: Dice, enrolment: Enrolment) -> Item:
        return {
            "id": STUDENTS.id_of(n),
            "meta_id": 120_001 + n,
            "university": UNIVERSITY_ITEM,
            **names.person(dice),
            "birth_date": self._birth_date(dice, enrolment.year),
            "student_id_number": STUDENTS.number_of(n, enrolment.year),
            **marking.pictures(dice),
            **_marks(dice),
            **territories.residence(dice),
            "citizenship": CITIZENSHIP[dice.pick(_CITIZENS)],
            **study(dice, enrolment),
            **self._living(dice),
            **place_of_study(dice, enrolment),
            **_rest(n, dice, enrolment),
        }

    def _birth_date(self, dice: Dice, year_of_enter: int) -> int:
        """Mostly 17 to 22 at entering; a few were born before 1970: a negative number."""
        age = 56 + dice.number(8) if dice.one_in(300) else 17 + dice.number(6)
        day = dates.day_in(dice, year_of_enter - age)
        return dates.midnight(day, dates.habit(dice, self.behaviour.date_midnight))

    def _living(self, dice: Dice) -> Item:
        living = {
            "socialCategory": SOCIAL_CATEGORY[dice.pick(_SOCIAL)],
            "povertyLevel": POVERTY_LEVEL[dice.pick(_POVERTY)],
            "accommodation": ACCOMMODATION[dice.pick(_HOUSING)],
        }
        if not self.behaviour.plain_text:
            return dict(living)
        return {key: classifier["name"] for key, classifier in living.items()}


def _marks(dice: Dice) -> Item:
    return {
        "avg_gpa": (200 + dice.number(301)) / 100,
        "avg_grade": (550 + dice.number(451)) / 10,
        "total_credit": 6 * dice.number(41),
    }


def _rest(n: int, dice: Dice, enrolment: Enrolment) -> Item:
    digest = dice.hex(32)
    return {
        "roommate_count": dice.pick((None, None, None, 1, 2, 3)),
        "is_graduate": enrolment.status == "14",
        "total_acload": None,
        "other": None,
        "email": f"talaba{n}@example.uz" if dice.one_in(4) else None,
        "validateUrl": f"https://hemis.example.uz/api/info/student?h={digest[:32]}",
        "hash": digest,
        **marking.stamps(dice, enrolment.year),
    }

"""The invented employees: one item per position, so that a person comes once for each."""

from dataclasses import dataclass

from libs.simulator.behaviour import Behaviour
from libs.simulator.invented import dates, marking, names, oddities
from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.dice import Dice
from libs.simulator.invented.employment import (
    Post,
    academic_grade,
    contract,
    employment,
    post_at,
    posts_of,
    role_of,
    standing,
)
from libs.simulator.invented.numbering import EMPLOYEES

_EXAMPLE = 0
_EXAMPLE_YEAR = 2023
_SPECIALTIES = (
    "Informatika o‘qitish metodikasi",
    "Matematik tahlil",
    "O‘zbek filologiyasi",
    "Iqtisodiyot nazariyasi",
    "Umumiy fizika",
    "Pedagogika va psixologiya",
)


@dataclass(frozen=True)
class Employees:
    """Person 0 is the guide's employee: 1826, number 3262311010, two positions, nothing odd."""

    seed: int
    behaviour: Behaviour

    def item(self, n: int) -> Item:
        post = post_at(n)
        item = self._regular(n, post)
        item = item if post.person == _EXAMPLE else self._odd(n, post.person, item)
        return oddities.patched(item, oddities.NO_META_ID) if self._lacks_meta_id(n) else item

    def with_id(self, hemis_id: int) -> list[int]:
        """Places of all positions of the person with this id."""
        person = EMPLOYEES.place_of_id(hemis_id)
        return [] if person is None else posts_of(person)

    def with_number(self, number: str) -> list[int]:
        person = EMPLOYEES.place_of_number(number)
        return [] if person is None else posts_of(person)

    def _regular(self, n: int, post: Post) -> Item:
        dice = Dice(self.seed, "position", n)
        role = role_of(dice, post)
        year = self._year_of_enter(post.person)
        midnight = dates.habit(dice, self.behaviour.date_midnight)
        return {
            "id": EMPLOYEES.id_of(post.person),
            "meta_id": 2_600 + n,
            **self._person(post.person, year),
            **employment(dice, post, role),
            **contract(dice, year, midnight),
            **standing(dice, role),
            "hash": dice.hex(32),
            **marking.stamps(dice, year),
        }

    def _person(self, person: int, year: int) -> Item:
        """The fields that all positions of a person share."""
        dice = Dice(self.seed, "person", person)
        # 22 to 51 years old when entering: those born before 1970 have a negative date.
        birthday = dates.day_in(dice, year - 22 - dice.number(30))
        midnight = dates.habit(dice, self.behaviour.date_midnight)
        return {
            **names.person(dice),
            "employee_id_number": EMPLOYEES.number_of(person, year),
            "birth_date": dates.midnight(birthday, midnight),
            **marking.pictures(dice),
            "year_of_enter": year,
            "specialty": dice.pick(_SPECIALTIES),
            **academic_grade(dice),
        }

    def _year_of_enter(self, person: int) -> int:
        return _EXAMPLE_YEAR if person == _EXAMPLE else 2001 + person % 25

    def _lacks_meta_id(self, n: int) -> bool:
        if self.behaviour.without_meta_id != "few":
            return self.behaviour.without_meta_id == "all"
        return post_at(n).person != _EXAMPLE and Dice(self.seed, "meta id", n).one_in(200)

    def _odd(self, n: int, person: int, item: Item) -> Item:
        of_person = Dice(self.seed, "odd person", person)
        of_position = Dice(self.seed, "odd position", n)
        item = oddities.patched(item, oddities.odd_patch(of_person, oddities.PERSON_PATCHES, 20))
        item = oddities.patched(
            item, oddities.odd_patch(of_position, oddities.POSITION_PATCHES, 20)
        )
        if of_position.one_in(40):
            item["update_at"] = item.pop("updated_at")
        return item

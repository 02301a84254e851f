"""The invented departments, as their own list has them: the units that people belong to."""

from dataclasses import dataclass

from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.dice import Dice
from libs.simulator.invented.university import UNITS, Shapes, new_office

_IDS = [shapes[0]["id"] for shapes in UNITS]
_FIRST_NEW_ID = 200


@dataclass(frozen=True)
class Departments:
    """First the units of the university, then offices that are opened later."""

    seed: int

    def item(self, n: int) -> Item:
        dice = Dice(self.seed, "department", n)
        return {**dice.pick(_shapes_at(n)), "active": not dice.one_in(10)}

    def with_id(self, hemis_id: int) -> list[int]:
        if hemis_id in _IDS:
            return [_IDS.index(hemis_id)]
        return [hemis_id - _FIRST_NEW_ID + len(_IDS)] if hemis_id >= _FIRST_NEW_ID else []

    def with_number(self, _: str) -> list[int]:
        return []


def _shapes_at(n: int) -> Shapes:
    return UNITS[n] if n < len(UNITS) else new_office(_FIRST_NEW_ID + n - len(UNITS))

"""The invented university: faculties, chairs, offices, specialties and groups."""

from libs.simulator.invented.classifiers import LANGUAGE, LOCALITY_TYPE, STRUCTURE_TYPE, Item
from libs.simulator.invented.dice import Dice
from libs.simulator.invented.numbering import UNIVERSITY

UNIVERSITY_ITEM = {"code": UNIVERSITY, "name": "Namuna davlat universiteti"}

_FACULTIES = (
    "Aniq fanlar",
    "Filologiya",
    "Iqtisodiyot",
    "Pedagogika",
    "Tabiiy fanlar",
    "Tarix",
    "San’at va sport",
    "Xorijiy tillar",
)
_CHAIRS = ("Umumiy", "Amaliy", "Nazariy")
_OFFICES = {
    "16": "Rektorat",
    "14": "O‘quv-uslubiy boshqarma",
    "13": "Kadrlar bo‘limi",
    "15": "Raqamli ta’lim markazi",
    "10": "Axborot-resurs xonasi",
}
_DEGREES = {"11": "60", "12": "70"}
_SPECIALTIES_PER_FACULTY = 4
_RUSSIAN_LANE = 3

Shapes = tuple[Item, ...]
"""One unit as different HEMIS versions send it: the parent as null, a number or an object."""


def _unit(unit_id: int, name: str, structure: str) -> Item:
    return {
        "id": unit_id,
        "name": name,
        "code": f"{UNIVERSITY}-{unit_id + 96}",
        "structureType": STRUCTURE_TYPE[structure],
        "localityType": LOCALITY_TYPE["11"],
    }


def _shapes(unit: Item, parent: Item | None) -> Shapes:
    """Four shapes, so that an object as parent is as rare as the null."""
    parents = (parent["id"], parent["id"], None, parent) if parent else (None, None, None, 1)
    return tuple({**unit, "parent": shape, "active": True} for shape in parents)


_FACULTY_UNITS = tuple(
    _unit(5 + place, f"{name} fakulteti", "11") for place, name in enumerate(_FACULTIES)
)
FACULTIES: tuple[Shapes, ...] = tuple(_shapes(unit, None) for unit in _FACULTY_UNITS)
CHAIRS: tuple[Shapes, ...] = tuple(
    _shapes(
        _unit(58 + 3 * place + i, f"{kind} {_FACULTIES[place].lower()} kafedrasi", "12"), faculty
    )
    for place, faculty in enumerate(_FACULTY_UNITS)
    for i, kind in enumerate(_CHAIRS)
)
OFFICES: tuple[Shapes, ...] = tuple(
    _shapes(_unit(90 + place, name, code), None)
    for place, (code, name) in enumerate(_OFFICES.items())
)

UNITS: tuple[Shapes, ...] = FACULTIES + CHAIRS + OFFICES


def new_office(unit_id: int) -> Shapes:
    return _shapes(_unit(unit_id, f"Yangi bo‘lim ({unit_id})", "13"), None)


def specialty(faculty: int, branch: int, education_type: str) -> Item:
    """Specialty of a faculty; the ids of one in four are text, as on newer servers."""
    place = faculty * _SPECIALTIES_PER_FACULTY + branch
    code = f"{_DEGREES[education_type]}{610_100 + 100 * place}"
    number = 55 + place + (100 if education_type == "12" else 0)
    text = f"7c9e6679-7425-40de-944b-{number:012}"
    return {
        "id": text if branch == 0 else number,
        "code": code,
        "name": f"{_FACULTIES[faculty]} yo‘nalishi ({branch + 1})",
    }


def branch(dice: Dice) -> int:
    return dice.number(_SPECIALTIES_PER_FACULTY)


def group(place: int, year: int, lane: int) -> Item:
    """One of the groups of a specialty and year; ``lane`` counts them from 0."""
    return {
        "id": 301 + (place * 40 + year % 40) * 8 + lane,
        "name": f"{101 + place}-{year % 100:02}{'ABCDEFGH'[lane]}",
        "educationLang": LANGUAGE["12" if lane == _RUSSIAN_LANE else "11"],
    }

"""What real servers leave out, leave empty or call otherwise, seen often enough to be expected."""

from collections.abc import Mapping
from typing import Any

from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.dice import Dice

MISSING = object()
"""The key is not sent at all."""

Patch = Mapping[str, Any]

_NO_MARKS = {"avg_gpa": None, "avg_grade": None, "total_credit": None}
_ZERO_MARKS = {"avg_gpa": 0, "avg_grade": 0, "total_credit": 0}
_OLD_STUDENT = dict.fromkeys(
    ("image_full", "povertyLevel", "email", "meta_id", "terrain", "currentTerrain"), MISSING
)
NO_META_ID: Patch = {"meta_id": MISSING}
_OLD_EMPLOYEE = dict.fromkeys(("image_full", "tutorGroups"), MISSING)

STUDENT_PATCHES: tuple[Patch, ...] = (
    {"group": None},
    {"group": None, "level": None, "semester": None},
    {"image": None, "image_full": None},
    {"image": "", "image_full": ""},
    {"student_id_number": None},
    {"student_id_number": ""},
    {"birth_date": None},
    {"birth_date": 0},
    _NO_MARKS,
    _ZERO_MARKS,
    {"educationForm": None},
    {"educationYear": None},
    {"level": MISSING},
    {"group": MISSING},
    {"meta_id": None},
    {"third_name": None},
    _OLD_STUDENT,
)
PERSON_PATCHES: tuple[Patch, ...] = (
    {"employee_id_number": None},
    {"employee_id_number": ""},
    {"employee_id_number": "0"},
    {"image": None, "image_full": None},
    {"image": ""},
    {"birth_date": None},
    {"birth_date": 0},
    {"specialty": None},
    {"year_of_enter": None},
    {"third_name": None},
)
POSITION_PATCHES: tuple[Patch, ...] = (
    {"decree_number": None, "decree_date": None},
    {"contract_number": None, "contract_date": None},
    {"contract_date": None},
    {"academicRank": None},
    {"academicDegree": MISSING},
    {"active": MISSING},
    {"tutorGroups": MISSING},
    _OLD_EMPLOYEE,
)


def odd_patch(dice: Dice, patches: tuple[Patch, ...], one_in: int) -> Patch:
    """One oddity for one thing in so many, nothing for the others."""
    return dice.pick(patches) if dice.one_in(one_in) else {}


def patched(item: Item, patch: Patch) -> Item:
    """The item with the patch's values, in the item's own order of keys."""
    if not patch:
        return item
    merged = {**item, **patch}
    return {key: value for key, value in merged.items() if value is not MISSING}

"""An oracle of values: what an item says, and where in its row that must be found again.

Written from the contract of the tables, with none of the loader's own code.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from libs.common.contracts.resources import Resource

Json = Any
Path = tuple[str, ...]

_PAIR = ("code", "name")
_TASHKENT = ZoneInfo("Asia/Tashkent")
_CODE_AND_NAME = {
    "university": "university",
    "gender": "gender",
    "level": "level",
    "educationYear": "education_year",
    "educationForm": "education_form",
    "educationType": "education_type",
    "paymentForm": "payment_form",
    "studentType": "student_type",
    "studentStatus": "student_status",
    "socialCategory": "social_category",
    "accommodation": "accommodation",
    "povertyLevel": "poverty_level",
    "citizenship": "citizenship",
    "country": "country",
    "province": "province",
    "district": "district",
    "currentProvince": "current_province",
    "currentDistrict": "current_district",
}
_EMPLOYMENT = {
    "gender": "gender",
    "staffPosition": "staff_position",
    "academicDegree": "academic_degree",
    "academicRank": "academic_rank",
    "employmentForm": "employment_form",
    "employmentStaff": "employment_staff",
    "employeeStatus": "employee_status",
    "employeeType": "employee_type",
}


class Place(NamedTuple):
    """A column, and what is kept of a value there."""

    column: str
    kind: str = "text"


def _objects(sources: dict[str, str], parts: tuple[str, ...]) -> dict[Path, Place]:
    return {
        (source, part): Place(f"{name}_{part}")
        for source, name in sources.items()
        for part in parts
    }


_PERSON: dict[Path, Place] = {
    ("id",): Place("hemis_id", "whole"),
    ("meta_id",): Place("meta_id", "whole"),
    **{(name,): Place(name) for name in ("full_name", "short_name", "first_name", "second_name")},
    **{(name,): Place(name) for name in ("third_name", "image", "image_full", "hash")},
    ("birth_date",): Place("birth_date", "date"),
    **_objects({"department": "department"}, ("id", "name", "code")),
    ("year_of_enter",): Place("year_of_enter", "whole"),
    ("created_at",): Place("source_created_at", "moment"),
    ("updated_at",): Place("source_updated_at", "moment"),
}
STUDENT: dict[Path, Place] = {
    **_PERSON,
    **_objects(_CODE_AND_NAME, ("code", "name")),
    **_objects({"specialty": "specialty"}, ("id", "name", "code")),
    **_objects({"semester": "semester"}, ("id", "name", "code")),
    **_objects({"group": "group"}, ("id", "name")),
    ("group", "educationLang", "code"): Place("education_lang_code"),
    ("group", "educationLang", "name"): Place("education_lang_name"),
    ("student_id_number",): Place("student_id_number", "number"),
    ("_curriculum",): Place("curriculum_id", "whole"),
    **{(name,): Place(name, "numeric") for name in ("avg_gpa", "avg_grade", "total_credit")},
    ("is_graduate",): Place("is_graduate", "boolean"),
    ("email",): Place("email"),
}
POSITION: dict[Path, Place] = {
    **_PERSON,
    **_objects(_EMPLOYMENT, ("code", "name")),
    ("employee_id_number",): Place("employee_id_number", "number"),
    ("specialty",): Place("specialty"),
    **{(name,): Place(name) for name in ("contract_number", "decree_number")},
    **{(name,): Place(name, "date") for name in ("contract_date", "decree_date")},
    ("tutorGroups",): Place("tutor_groups", "list"),
    ("active",): Place("active", "boolean"),
}
DEPARTMENT: dict[Path, Place] = {
    ("id",): Place("hemis_id", "whole"),
    ("name",): Place("name"),
    ("code",): Place("code"),
    **_objects({"structureType": "structure_type", "localityType": "locality_type"}, _PAIR),
    ("parent", "id"): Place("parent_id", "whole"),
    ("active",): Place("active", "boolean"),
}
PLACES = {
    Resource.STUDENTS: STUDENT,
    Resource.EMPLOYEES: POSITION,
    Resource.DEPARTMENTS: DEPARTMENT,
}


def exactly(text: str | bytes | None) -> Json:
    """Decode JSON with the standard library, numbers exactly."""
    return None if text is None else json.loads(text, parse_float=Decimal)


def lost(item: Json, row: dict[str, Any], places: dict[Path, Place]) -> list[Path]:
    """Name the leaves of an item that are neither in their column nor in ``extra``."""
    leaves = _leaves(item, (), places)
    return [path for path, value in leaves if not _is_kept(path, value, row, places)]


def _leaves(value: Json, path: Path, places: dict[Path, Place]) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict) and path not in places:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name), places)
    elif value is not None or path not in places:
        yield path, value


def _is_kept(path: Path, value: Json, row: dict[str, Any], places: dict[Path, Place]) -> bool:
    # Some versions send the bare name in place of an object, or of one without a name the id.
    if isinstance(value, str) and (*path, "name") in places:
        path = (*path, "name")
    elif isinstance(value, str | int | Decimal) and (*path, "id") in places:
        path = (*path, "id")
    place = places.get(path)
    if place is not None:
        return _is_in_column(place, value, row[place.column])
    # Of an object that is empty there is nothing to keep.
    if _is_nothing(value) and any(known[: len(path)] == path for known in places):
        return True
    return _in_extra(path, value, row["extra"])


def _is_in_column(place: Place, value: Json, kept: Any) -> bool:
    if _is_nothing(value) and type(value) is not _OWN_KIND.get(place.kind):
        return kept is None
    return bool(_KEPT[place.kind](value, kept))


def _is_nothing(value: Json) -> bool:
    """PHP's ways to say that there is nothing; each is a value in a column of its own kind."""
    return any(same(value, nothing) for nothing in _NOTHING)


def _in_extra(path: Path, value: Json, extra: Json) -> bool:
    for name in map(shown, path):
        if not isinstance(extra, dict) or name not in extra:
            return False
        extra = extra[name]
    return same(shown(value), extra)


def shown(value: Json) -> Json:
    """PostgreSQL's text cannot hold NUL."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    if isinstance(value, dict):
        return {shown(name): shown(inner) for name, inner in value.items()}
    return value


def same(one: Json, other: Json) -> bool:
    """Compare JSON exactly: true is no 1, and numbers are equal by value."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(one == other)


def _text(value: Json, kept: Any) -> bool:
    if isinstance(value, str):
        return bool(kept == shown(value))
    return not isinstance(value, bool) and Decimal(kept) == value


def _number(value: Json, kept: Any) -> bool:
    return kept is None if value in ("0", 0) else _text(value, kept)


def _whole(value: Json, kept: Any) -> bool:
    return bool(Decimal(value) == kept)


def _boolean(value: Json, kept: bool | None) -> bool:  # noqa: FBT001 — the value itself
    return kept is not None and value in (kept, str(int(kept)), str(kept).lower())


def _moment(value: Json, kept: datetime | None) -> bool:
    if kept is None:
        return Decimal(value) == 0
    return _whole(value, _seconds(kept))


def _seconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert not since.microseconds
    return since.days * 86_400 + since.seconds


def _date(value: Json, kept: date | None) -> bool:
    """That day in Tashkent holds the moment; HEMIS sends midnights, local or UTC."""
    if kept is None:
        return Decimal(value) == 0
    midnight = datetime(kept.year, kept.month, kept.day, tzinfo=_TASHKENT)
    return 0 <= int(Decimal(value)) - _seconds(midnight.astimezone(UTC)) < 90_000


def _list(value: Json, kept: Json) -> bool:
    listed = list(value.values()) if isinstance(value, dict) else value
    return same(shown(listed), kept)


_NOTHING: list[Json] = [None, False, "", [], {}]
_OWN_KIND: dict[str, type] = {"text": str, "boolean": bool, "list": list}
_KEPT: dict[str, Callable[[Json, Any], bool]] = {
    "text": _text,
    "number": _number,
    "whole": _whole,
    "numeric": _whole,
    "boolean": _boolean,
    "moment": _moment,
    "date": _date,
    "list": _list,
}

"""What the tables must hold, worked out from HEMIS's items without the loader's mapping.

Written from the contract of the tables alone: each column is named with the path of its value.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

Item = dict[str, Any]
Row = dict[str, Any]

TASHKENT = ZoneInfo("Asia/Tashkent")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PERSON = {
    "hemis_id": "id",
    "meta_id": "meta_id",
    "full_name": "full_name",
    "short_name": "short_name",
    "first_name": "first_name",
    "second_name": "second_name",
    "third_name": "third_name",
    "image": "image",
    "image_full": "image_full",
    "hash": "hash",
    "department_id": "department.id",
    "department_name": "department.name",
    "department_code": "department.code",
    "year_of_enter": "year_of_enter",
}
STUDENT = PERSON | {
    "specialty_id": "specialty.id",
    "specialty_name": "specialty.name",
    "specialty_code": "specialty.code",
    "group_id": "group.id",
    "group_name": "group.name",
    "education_lang_code": "group.educationLang.code",
    "education_lang_name": "group.educationLang.name",
    "semester_id": "semester.id",
    "semester_code": "semester.code",
    "semester_name": "semester.name",
    "curriculum_id": "_curriculum",
    "is_graduate": "is_graduate",
    "email": "email",
}
EMPLOYEE = PERSON | {
    "specialty": "specialty",
    "contract_number": "contract_number",
    "decree_number": "decree_number",
    "active": "active",
}
STUDENT_CODES = (
    "gender university level educationYear educationForm educationType paymentForm studentType"
    " studentStatus socialCategory accommodation povertyLevel citizenship country province district"
    " currentProvince currentDistrict"
)
EMPLOYEE_CODES = (
    "gender staffPosition academicDegree academicRank employmentForm employmentStaff"
    " employeeStatus employeeType"
)
TEXT_IDS = ("department_id", "specialty_id", "group_id", "semester_id")
NUMBERS = ("avg_gpa", "avg_grade", "total_credit")


def student_row(item: Item) -> Row:
    row = _columns(item, STUDENT, STUDENT_CODES.split())
    row["student_id_number"] = _number(item.get("student_id_number"))
    row |= {name: None if item.get(name) is None else Decimal(str(item[name])) for name in NUMBERS}
    known = {*STUDENT.values(), *NUMBERS, "birth_date", "student_id_number"}
    return row | {"extra": _left(item, known, STUDENT_CODES.split(), {"created_at", "updated_at"})}


def position_row(item: Item) -> Row:
    row = _columns(item, EMPLOYEE, EMPLOYEE_CODES.split())
    row["employee_id_number"] = _number(item.get("employee_id_number"))
    row["contract_date"] = _day(item.get("contract_date"))
    row["decree_date"] = _day(item.get("decree_date"))
    row["tutor_groups"] = item.get("tutorGroups")
    dates = {"birth_date", "contract_date", "decree_date"}
    known = {*EMPLOYEE.values(), *dates, "employee_id_number", "tutorGroups"}
    stamps = {"created_at", "updated_at", "update_at"}
    return row | {"extra": _left(item, known, EMPLOYEE_CODES.split(), stamps)}


def person_rows(items: Iterable[Item]) -> dict[int, Row]:
    """Return the main position of each person, with all groups the person is a tutor of."""
    by_person: dict[int, list[Item]] = {}
    for item in items:
        by_person.setdefault(int(item["id"]), []).append(item)
    return {person: _main(positions) for person, positions in by_person.items()}


def _main(positions: list[Item]) -> Row:
    def rank(item: Item) -> tuple[bool, bool, bool, int]:
        working = _at(item, "employeeStatus.code") == "11" and item.get("active") is not False
        main = _at(item, "employmentForm.code") == "11"
        return not working, not main, item.get("meta_id") is None, item.get("meta_id") or 0

    row = position_row(min(positions, key=rank))
    listed = [item["tutorGroups"] for item in positions if item.get("tutorGroups") is not None]
    groups = {json.dumps(group, sort_keys=True) for groups in listed for group in groups}
    return row | {"tutor_groups": sorted(groups) if listed else None}


def _columns(item: Item, paths: dict[str, str], codes: list[str]) -> Row:
    row: Row = {column: _at(item, path) for column, path in paths.items()}
    for name in codes:
        row[f"{_snake(name)}_code"] = _at(item, f"{name}.code")
        row[f"{_snake(name)}_name"] = _at(item, f"{name}.name")
    for name in TEXT_IDS:
        if row.get(name) is not None:
            row[name] = str(row[name])
    updated = item.get("updated_at", item.get("update_at"))
    birth = item.get("birth_date")
    return row | {
        "birth_date": _day(birth) if birth else None,
        "source_created_at": _time(item.get("created_at")),
        "source_updated_at": _time(updated),
    }


@cache
def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _at(item: Item, path: str) -> Any:
    value: Any = item
    *outer, last = path.split(".")
    for name in outer:
        value = value.get(name) if isinstance(value, dict) else value
    if isinstance(value, dict):
        return value.get(last)
    # A bare text in place of an object is its name.
    return value if last == "name" and isinstance(value, str) else None


def _number(value: str | None) -> str | None:
    return None if value in {None, "", "0"} else value


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else EPOCH + timedelta(seconds=seconds)


def _day(seconds: int | None) -> date | None:
    at = _time(seconds)
    return None if at is None else at.astimezone(TASHKENT).date()


def _left(item: Item, known: set[str], codes: list[str], stamps: set[str]) -> Item | None:
    """Collect what no column shows: unknown fields, and unknown parts of known objects."""
    paths = known | stamps | {f"{name}.{part}" for name in codes for part in ("code", "name")}
    left = {}
    for name, value in item.items():
        rest = _unknown(value, name, paths)
        if rest is not _NOTHING:
            left[name] = rest
    return left or None


_NOTHING = object()


def _unknown(value: Any, path: str, paths: set[str]) -> Any:
    if path in paths:
        return _NOTHING
    has_parts = any(known.startswith(f"{path}.") for known in paths)
    if not has_parts:
        return value
    if not isinstance(value, dict):
        return _NOTHING
    parts = {name: _unknown(inner, f"{path}.{name}", paths) for name, inner in value.items()}
    rest = {name: inner for name, inner in parts.items() if inner is not _NOTHING}
    return rest or _NOTHING

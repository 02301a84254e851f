"""Query parameters → conditions, with HEMIS's habits: silence about what it does not know."""

from collections.abc import Iterator, Mapping

from libs.simulator.errors import MissingParameter, ServerError
from libs.simulator.listing.conditions import (
    ChangedBetween,
    Condition,
    FieldIs,
    IsTeacher,
    Mentions,
    Wanted,
)

Query = Mapping[str, str]
Fields = Mapping[str, str]
"""Parameter → field of the item."""

STUDYING, ALL_STATUSES = "11", "-1"

_STUDENT_CODES: Fields = {
    "_education_form": "educationForm",
    "_education_type": "educationType",
    "_level": "level",
    "_semester": "semester",
    "_gender": "gender",
    "_citizenship": "citizenship",
    "_province": "province",
    "_district": "district",
}
_STUDENT_IDS: Fields = {"_department": "department", "_specialty": "specialty", "_group": "group"}
_EMPLOYEE_CODES: Fields = {
    "_gender": "gender",
    "_staff_position": "staffPosition",
    "_employee_status": "employeeStatus",
    "_employment_form": "employmentForm",
    "_employment_staff": "employmentStaff",
    "_employee_type": "employeeType",
    "_academic_rank": "academicRank",
    "_academic_degree": "academicDegree",
}
_EMPLOYEE_IDS: Fields = {"_department": "department"}
_PASSPORT = ("passport_pin", "passport_number")
_FAR_FUTURE = 2**63 - 1


def wanted_students(query: Query) -> Wanted:
    """Without ``_student_status`` only those who study.

    Raises:
        ServerError: text where the database has a number.
    """
    return tuple(_student_conditions(query))


def wanted_employees(query: Query) -> Wanted:
    """Dismissed ones too, as long as nobody asks otherwise.

    Raises:
        MissingParameter: no ``type``.
        ServerError: text where the database has a number.
    """
    return tuple(_employee_conditions(query))


def wanted_departments(query: Query) -> Wanted:
    """Closed ones too, as long as nobody asks otherwise."""
    return tuple(_department_conditions(query))


def wanted_student(query: Query) -> Wanted:
    """The one student of ``student-info``.

    Raises:
        MissingParameter: neither ``student_id_number`` nor ``student_id``.
        ServerError: a ``student_id`` that is no number.
    """
    wanted: list[Condition] = []
    if number := query.get("student_id_number"):
        wanted.append(FieldIs("student_id_number", None, number))
    if hemis_id := query.get("student_id"):
        wanted.append(FieldIs("id", None, _number(hemis_id)))
    if not wanted:
        raise MissingParameter("student_id_number")
    return tuple(wanted)


def _student_conditions(query: Query) -> Iterator[Condition]:
    status = query.get("_student_status") or STUDYING
    if status != ALL_STATUSES:
        yield FieldIs("studentStatus", "code", status)
    if curriculum := query.get("_curriculum"):
        yield FieldIs("_curriculum", None, _number(curriculum))
    yield from _field_conditions(query, _STUDENT_CODES, _STUDENT_IDS)
    yield from _search(query, "student_id_number")
    first, last = query.get("updated_at_from"), query.get("updated_at_to")
    if first or last:
        yield ChangedBetween(_seconds(first, 0), _seconds(last, _FAR_FUTURE))


def _employee_conditions(query: Query) -> Iterator[Condition]:
    kind = query.get("type")
    if not kind:
        raise MissingParameter("type")
    if kind in {"teacher", "employee"}:
        yield IsTeacher(kind == "teacher")
    yield from _field_conditions(query, _EMPLOYEE_CODES, _EMPLOYEE_IDS)
    yield from _search(query, "employee_id_number")


def _department_conditions(query: Query) -> Iterator[Condition]:
    if structure := query.get("_structure_type"):
        yield FieldIs("structureType", "code", structure)
    if active := query.get("active"):
        yield FieldIs("active", None, str(active == "1"))


def _field_conditions(query: Query, codes: Fields, ids: Fields) -> Iterator[Condition]:
    for parameter, field in codes.items():
        if value := query.get(parameter):
            yield FieldIs(field, "code", value)
    for parameter, field in ids.items():
        if value := query.get(parameter):
            yield FieldIs(field, "id", _number(value))
    # One of the two alone is silently ignored.
    if all(query.get(parameter) for parameter in _PASSPORT):
        yield from (FieldIs(parameter, None, query[parameter]) for parameter in _PASSPORT)


def _search(query: Query, number_field: str) -> Iterator[Condition]:
    if text := query.get("search", "").strip():
        yield Mentions(text, number_field)


def _number(value: str) -> str:
    """The number as ``str`` writes it; a comma list stays a text that nothing equals."""
    return value if "," in value else str(_integer(value))


def _seconds(value: str | None, default: int) -> int:
    return _integer(value) if value else default


def _integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ServerError from None

"""The registry of HEMIS collections: a new list is one line here, and its columns in the loader."""

from enum import StrEnum
from typing import Self


class Resource(StrEnum):
    """One HEMIS collection, with what every service must know of it."""

    record_type: str
    """CloudEvents type of its records."""
    list_path: str
    """Path of the list below ``/rest/v1/``."""
    number_field: str
    """Field of the item that holds the person's id number (a text HEMIS can search by)."""
    keyed_by_position: bool
    """True where a person comes once per position, so that ``id`` alone is no key."""

    def __new__(
        cls,
        value: str,
        record_type: str = "",
        list_path: str = "",
        number_field: str = "",
        key: str = "",
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.record_type = record_type
        member.list_path = list_path
        member.number_field = number_field
        member.keyed_by_position = key == "position"
        return member

    # fmt: off
    STUDENTS = "students", "uz.hemis.student.v1", "data/student-list", "student_id_number", "person"
    EMPLOYEES = "employees", "uz.hemis.employee-position.v1", "data/employee-list", "employee_id_number", "position"  # noqa: E501 — the registry: one line a resource
    # fmt: on

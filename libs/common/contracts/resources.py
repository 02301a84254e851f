"""The registry of HEMIS lists: one description each (docs/adding-a-resource.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Self

import msgspec

from libs.common.contracts import items


class Labels(NamedTuple):
    """The name of a list as people see it."""

    uz: str
    ru: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Description:
    """Everything hemis-sync knows about one HEMIS list."""

    record_type: str
    """CloudEvents type of its records."""
    list_path: str
    """Path of the list below ``/rest/v1/``."""
    item: type[msgspec.Struct]
    """The fields of an item and their types: the published schema, and the columns of a list
    without a mapping of its own."""
    labels: Labels
    number_field: str = ""
    """Field of the item with the person's id number, by which HEMIS can search. Empty for a list
    that is not of people: HEMIS can only be asked for all of it."""
    is_scheduled: bool = False
    """The schedule and ``make run`` sync it; other lists are synced on request only."""
    lists_changes: bool = False
    """HEMIS can list only the changed records (``updated_at_from``)."""
    keyed_by_position: bool = False
    """HEMIS lists a person once per position, so ``id`` alone is not a key."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Field names that only some versions of HEMIS send, each with the name in ``item``."""


class Resource(StrEnum):
    """One HEMIS collection, with what every service must know of it."""

    record_type: str
    list_path: str
    item: type[msgspec.Struct]
    labels: Labels
    number_field: str
    is_scheduled: bool
    lists_changes: bool
    keyed_by_position: bool
    renamed: Mapping[str, str]

    def __new__(cls, value: str, description: Description | None = None) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        vars(member).update(vars(description))
        return member

    STUDENTS = (
        "students",
        Description(
            record_type="uz.hemis.student.v1",
            list_path="data/student-list",
            item=items.Student,
            labels=Labels(uz="Talabalar", ru="Студенты", en="Students"),
            number_field="student_id_number",
            is_scheduled=True,
            lists_changes=True,
        ),
    )
    EMPLOYEES = (
        "employees",
        Description(
            record_type="uz.hemis.employee-position.v1",
            list_path="data/employee-list",
            item=items.EmployeePosition,
            labels=Labels(uz="Xodimlar", ru="Сотрудники", en="Employees"),
            number_field="employee_id_number",
            is_scheduled=True,
            keyed_by_position=True,
            renamed={"update_at": "updated_at"},
        ),
    )
    DEPARTMENTS = (
        "departments",
        Description(
            record_type="uz.hemis.department.v1",
            list_path="data/department-list",
            item=items.Department,
            labels=Labels(uz="Bo‘linmalar", ru="Подразделения", en="Departments"),
            is_scheduled=True,
        ),
    )


SCHEDULED = tuple(resource for resource in Resource if resource.is_scheduled)

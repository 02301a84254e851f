"""The registry of HEMIS collections: a new list is one line here, and its columns in the loader."""

from enum import Flag, StrEnum, auto
from typing import Self


class Trait(Flag):
    """What is not so of every collection."""

    NONE = 0
    SCHEDULED = auto()
    """The schedule and ``make run`` sync it; the others are synced when somebody asks."""
    LISTS_CHANGES = auto()
    """HEMIS can list the changed records alone (``updated_at_from``)."""
    POSITIONS = auto()
    """A person comes once per position, so that ``id`` alone is no key."""


class Resource(StrEnum):
    """One HEMIS collection, with what every service must know of it."""

    record_type: str
    """CloudEvents type of its records."""
    list_path: str
    """Path of the list below ``/rest/v1/``."""
    number_field: str
    """Field of the item that holds the person's id number (a text HEMIS can search by); empty
    where the records are no people, and HEMIS can only be asked for the whole list."""
    traits: Trait

    def __new__(
        cls,
        value: str,
        record_type: str = "",
        list_path: str = "",
        number_field: str = "",
        traits: Trait = Trait.NONE,
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.record_type = record_type
        member.list_path = list_path
        member.number_field = number_field
        member.traits = traits
        return member

    @property
    def is_scheduled(self) -> bool:
        return Trait.SCHEDULED in self.traits

    @property
    def lists_changes(self) -> bool:
        return Trait.LISTS_CHANGES in self.traits

    @property
    def keyed_by_position(self) -> bool:
        return Trait.POSITIONS in self.traits

    # fmt: off
    STUDENTS = "students", "uz.hemis.student.v1", "data/student-list", "student_id_number", Trait.SCHEDULED | Trait.LISTS_CHANGES  # noqa: E501 — the registry: one line a resource
    EMPLOYEES = "employees", "uz.hemis.employee-position.v1", "data/employee-list", "employee_id_number", Trait.SCHEDULED | Trait.POSITIONS  # noqa: E501 — as above
    DEPARTMENTS = "departments", "uz.hemis.department.v1", "data/department-list"
    # fmt: on


SCHEDULED = tuple(resource for resource in Resource if resource.is_scheduled)

# ruff: noqa: N815 — names of HEMIS, which are not ours to choose
"""What HEMIS usually sends: the items as they are known, for people who read the topics.

No promise of ours. HEMIS sends what it sends, other versions send more, less or other types, and
the item is published all the same; only ``id`` is certain, since without it there is no key.
"""

from typing import Annotated

import msgspec

Text = str | None
Number = int | float | None
Seconds = int | None
Id = int | str | None
Reference = Annotated[Id, "an item of the same list"]
"""The id of another item of the list; some versions send the whole item."""


class Classifier(msgspec.Struct):
    """An entry of one of HEMIS's code lists; some versions send the bare name."""

    code: Text
    """Compare codes: names differ in case and apostrophes."""
    name: Text


class EducationYear(Classifier):
    current: bool | None


class Place(Classifier):
    _parent: Text


class Unit(msgspec.Struct):
    """A faculty, a chair or an office."""

    id: Id
    name: Text
    code: Text
    structureType: Classifier | None
    localityType: Classifier | None
    parent: Reference
    """Some versions send the whole unit."""
    active: bool | None


class Specialty(msgspec.Struct):
    id: Id
    code: Text
    name: Text


class Group(msgspec.Struct):
    id: Id
    name: Text
    educationLang: Classifier | None


class Semester(Classifier):
    id: Id


class TutorGroup(msgspec.Struct):
    id: Id
    name: Text


class _Person(msgspec.Struct):
    id: int | str
    """``hemis_id``: an integer from 1 to 2⁶³−1, or the same as text."""
    meta_id: Id
    full_name: Text
    short_name: Text
    first_name: Text
    second_name: Text
    third_name: Text
    gender: Classifier | None
    birth_date: Seconds
    """Unix seconds; before 1970 negative, 0 or null where unknown."""
    image: Text
    image_full: Text
    year_of_enter: Number
    department: Unit | None
    hash: Text
    created_at: Seconds
    updated_at: Seconds


class Student(_Person):
    """One item of HEMIS's student list."""

    student_id_number: Text
    """About 12 digits; null or empty for a student HEMIS has not numbered yet."""
    university: Classifier | None
    avg_gpa: Number
    avg_grade: Number
    total_credit: Number
    country: Classifier | None
    province: Place | None
    currentProvince: Place | None
    district: Place | None
    currentDistrict: Place | None
    terrain: Classifier | None
    currentTerrain: Classifier | None
    citizenship: Classifier | None
    studentStatus: Classifier | None
    """11 studying, 12 expelled, 13 on leave, 14 graduated; universities add codes."""
    _curriculum: Id
    educationForm: Classifier | None
    educationType: Classifier | None
    paymentForm: Classifier | None
    studentType: Classifier | None
    socialCategory: Classifier | None
    povertyLevel: Classifier | None
    accommodation: Classifier | None
    specialty: Specialty | None
    group: Group | None
    level: Classifier | None
    semester: Semester | None
    educationYear: EducationYear | None
    roommate_count: Number
    is_graduate: bool | None
    total_acload: Number
    other: Text
    email: Text
    validateUrl: Text


class EmployeePosition(_Person):
    """One item of HEMIS's employee list: one position of a person, who may have several."""

    employee_id_number: Text
    """About 10 digits; may be null, empty or ``0``."""
    specialty: Text
    academicDegree: Classifier | None
    academicRank: Classifier | None
    employmentForm: Classifier | None
    """11 is the main position."""
    employmentStaff: Classifier | None
    staffPosition: Classifier | None
    employeeStatus: Classifier | None
    """11 works, 12 on leave, 13 on a trip, 14 dismissed."""
    employeeType: Classifier | None
    contract_number: Text
    contract_date: Seconds
    decree_number: Text
    decree_date: Seconds
    tutorGroups: tuple[TutorGroup, ...] | None
    active: bool | None


class Department(Unit):
    """One item of HEMIS's department list."""

    id: int | str
    """``hemis_id``: an integer from 1 to 2⁶³−1, or the same as text."""

"""Employees: one item is one position of a person."""

from datetime import tzinfo

import msgspec

from services.loader.resources.fields import Field, classifier, parts, scalar
from services.loader.resources.values import (
    bigint,
    birth_date_in,
    boolean,
    date_in,
    id_number,
    integer,
    listing,
    moment,
)


def employee_fields(zone: tzinfo) -> list[Field]:
    return [
        scalar("hemis_id", bigint, "id"),
        scalar("meta_id", bigint),
        scalar("full_name"),
        scalar("short_name"),
        scalar("first_name"),
        scalar("second_name"),
        scalar("third_name"),
        scalar("employee_id_number", id_number),
        classifier("gender", "gender"),
        scalar("birth_date", birth_date_in(zone)),
        scalar("year_of_enter", integer),
        scalar("specialty"),
        parts("department", "department", "id", "name", "code"),
        classifier("staffPosition", "staff_position"),
        classifier("academicDegree", "academic_degree"),
        classifier("academicRank", "academic_rank"),
        classifier("employmentForm", "employment_form"),
        classifier("employmentStaff", "employment_staff"),
        classifier("employeeStatus", "employee_status"),
        classifier("employeeType", "employee_type"),
        scalar("contract_number"),
        scalar("contract_date", date_in(zone)),
        scalar("decree_number"),
        scalar("decree_date", date_in(zone)),
        scalar("tutor_groups", _json_list, "tutorGroups"),
        scalar("active", boolean),
        scalar("image"),
        scalar("image_full"),
        scalar("hash"),
        scalar("source_created_at", moment, "created_at"),
        scalar("source_updated_at", moment, "updated_at"),
    ]


def _json_list(value: object) -> str:
    return msgspec.json.encode(listing(value)).decode()

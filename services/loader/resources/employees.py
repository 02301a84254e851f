"""Employees: one item is one position of a person."""

from datetime import tzinfo

import msgspec

from services.loader.resources.fields import Field, classifier, scalar
from services.loader.resources.people import person_fields
from services.loader.resources.values import boolean, date_in, listing

CLASSIFIERS = {
    "staffPosition": "staff_position",
    "academicDegree": "academic_degree",
    "academicRank": "academic_rank",
    "employmentForm": "employment_form",
    "employmentStaff": "employment_staff",
    "employeeStatus": "employee_status",
    "employeeType": "employee_type",
}


def employee_fields(zone: tzinfo) -> list[Field]:
    return [
        *person_fields("employee_id_number", zone),
        scalar("specialty"),
        *(classifier(source, name) for source, name in CLASSIFIERS.items()),
        scalar("contract_number"),
        scalar("contract_date", date_in(zone)),
        scalar("decree_number"),
        scalar("decree_date", date_in(zone)),
        scalar("tutor_groups", _json_list, "tutorGroups"),
        scalar("active", boolean),
    ]


def _json_list(value: object) -> str:
    return msgspec.json.encode(listing(value)).decode()

"""The mapping of employees; one item is one position of a person."""

from datetime import tzinfo

from services.loader.mapping.column_types import BOOLEAN, LISTING, day_in
from services.loader.mapping.fields import Field, classifier, scalar
from services.loader.mapping.person import person_fields

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
        scalar("contract_date", day_in(zone)),
        scalar("decree_number"),
        scalar("decree_date", day_in(zone)),
        scalar("tutor_groups", LISTING, "tutorGroups"),
        scalar("active", BOOLEAN),
    ]

"""The fields that students and employees have in common."""

from datetime import tzinfo

from services.loader.mapping.column_types import BIGINT, ID_NUMBER, INTEGER, MOMENT, day_in
from services.loader.mapping.fields import Field, classifier, parts, scalar

DEPARTMENT_PARTS = ("structureType", "localityType", "parent", "active")


def person_fields(number: str, zone: tzinfo) -> list[Field]:
    return [
        scalar("hemis_id", BIGINT, "id"),
        scalar("meta_id", BIGINT),
        scalar("full_name"),
        scalar("short_name"),
        scalar("first_name"),
        scalar("second_name"),
        scalar("third_name"),
        scalar(number, ID_NUMBER),
        classifier("gender", "gender"),
        scalar("birth_date", day_in(zone)),
        parts("department", "department", "id", "name", "code", without_column=DEPARTMENT_PARTS),
        scalar("year_of_enter", INTEGER),
        scalar("image"),
        scalar("image_full"),
        scalar("hash"),
        scalar("source_created_at", MOMENT, "created_at"),
        scalar("source_updated_at", MOMENT, "updated_at"),
    ]

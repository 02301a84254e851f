"""What HEMIS says of any person, student or employee."""

from datetime import tzinfo

from services.loader.resources.fields import Field, classifier, parts, scalar
from services.loader.resources.values import bigint, birth_date_in, id_number, integer, moment


def person_fields(number: str, zone: tzinfo) -> list[Field]:
    return [
        scalar("hemis_id", bigint, "id"),
        scalar("meta_id", bigint),
        scalar("full_name"),
        scalar("short_name"),
        scalar("first_name"),
        scalar("second_name"),
        scalar("third_name"),
        scalar(number, id_number),
        classifier("gender", "gender"),
        scalar("birth_date", birth_date_in(zone)),
        parts("department", "department", "id", "name", "code"),
        scalar("year_of_enter", integer),
        scalar("image"),
        scalar("image_full"),
        scalar("hash"),
        scalar("source_created_at", moment, "created_at"),
        scalar("source_updated_at", moment, "updated_at"),
    ]

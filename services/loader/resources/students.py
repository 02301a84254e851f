"""Students: which field of the item fills which columns."""

from datetime import tzinfo

from services.loader.resources.fields import Field, classifier, nested, parts, scalar
from services.loader.resources.values import (
    bigint,
    birth_date_in,
    boolean,
    id_number,
    integer,
    moment,
    numeric,
)


def student_fields(zone: tzinfo) -> list[Field]:
    return [
        scalar("hemis_id", bigint, "id"),
        scalar("meta_id", bigint),
        scalar("full_name"),
        scalar("short_name"),
        scalar("first_name"),
        scalar("second_name"),
        scalar("third_name"),
        scalar("student_id_number", id_number),
        classifier("gender", "gender"),
        scalar("birth_date", birth_date_in(zone)),
        classifier("university", "university"),
        parts("department", "department", "id", "name", "code"),
        parts("specialty", "specialty", "id", "name", "code"),
        nested(
            "group", ("id", "name"), "educationLang", classifier("educationLang", "education_lang")
        ),
        classifier("level", "level"),
        parts("semester", "semester", "id", "code", "name"),
        classifier("educationYear", "education_year"),
        classifier("educationForm", "education_form"),
        classifier("educationType", "education_type"),
        classifier("paymentForm", "payment_form"),
        classifier("studentType", "student_type"),
        classifier("studentStatus", "student_status"),
        classifier("socialCategory", "social_category"),
        classifier("accommodation", "accommodation"),
        classifier("povertyLevel", "poverty_level"),
        classifier("citizenship", "citizenship"),
        classifier("country", "country"),
        classifier("province", "province"),
        classifier("district", "district"),
        classifier("currentProvince", "current_province"),
        classifier("currentDistrict", "current_district"),
        scalar("curriculum_id", bigint, "_curriculum"),
        scalar("year_of_enter", integer),
        scalar("avg_gpa", numeric),
        scalar("avg_grade", numeric),
        scalar("total_credit", numeric),
        scalar("is_graduate", boolean),
        scalar("image"),
        scalar("image_full"),
        scalar("email"),
        scalar("hash"),
        scalar("source_created_at", moment, "created_at"),
        scalar("source_updated_at", moment, "updated_at"),
    ]

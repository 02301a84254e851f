"""The mapping of students."""

from datetime import tzinfo

from services.loader.mapping.column_types import BIGINT, BOOLEAN, NUMERIC
from services.loader.mapping.fields import Field, classifier, nested, parts, scalar, without_column
from services.loader.mapping.person import person_fields

CLASSIFIERS = {
    "university": "university",
    "level": "level",
    "educationYear": "education_year",
    "educationForm": "education_form",
    "educationType": "education_type",
    "paymentForm": "payment_form",
    "studentType": "student_type",
    "studentStatus": "student_status",
    "socialCategory": "social_category",
    "accommodation": "accommodation",
    "povertyLevel": "poverty_level",
    "citizenship": "citizenship",
    "country": "country",
    "province": "province",
    "district": "district",
    "currentProvince": "current_province",
    "currentDistrict": "current_district",
}

KNOWN_PARTS = {
    "educationYear": ("current",),
    **dict.fromkeys(("province", "district", "currentProvince", "currentDistrict"), ("_parent",)),
}

WITHOUT_COLUMN = ("terrain", "currentTerrain", "roommate_count", "total_acload", "other")


def student_fields(zone: tzinfo) -> list[Field]:
    language = classifier("educationLang", "education_lang")
    return [
        *person_fields("student_id_number", zone),
        parts("specialty", "specialty", "id", "name", "code"),
        nested("group", ("id", "name"), "educationLang", language),
        parts("semester", "semester", "id", "code", "name"),
        *(
            classifier(source, name, *KNOWN_PARTS.get(source, ()))
            for source, name in CLASSIFIERS.items()
        ),
        scalar("curriculum_id", BIGINT, "_curriculum"),
        scalar("avg_gpa", NUMERIC),
        scalar("avg_grade", NUMERIC),
        scalar("total_credit", NUMERIC),
        scalar("is_graduate", BOOLEAN),
        scalar("email"),
        *(without_column(source) for source in WITHOUT_COLUMN),
        without_column("validateUrl", unique_type=str | None),
    ]

"""Students: which field of the item fills which columns."""

from datetime import tzinfo

from services.loader.resources.fields import Field, classifier, kept, nested, parts, scalar
from services.loader.resources.people import person_fields
from services.loader.resources.values import bigint, boolean, numeric

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

KEPT = ("terrain", "currentTerrain", "roommate_count", "total_acload", "other", "validateUrl")


def student_fields(zone: tzinfo) -> list[Field]:
    language = classifier("educationLang", "education_lang")
    return [
        *person_fields("student_id_number", zone),
        parts("specialty", "specialty", "id", "name", "code"),
        nested("group", ("id", "name"), "educationLang", language),
        parts("semester", "semester", "id", "code", "name"),
        *(classifier(source, name) for source, name in CLASSIFIERS.items()),
        scalar("curriculum_id", bigint, "_curriculum"),
        scalar("avg_gpa", numeric),
        scalar("avg_grade", numeric),
        scalar("total_credit", numeric),
        scalar("is_graduate", boolean),
        scalar("email"),
        *(kept(source) for source in KEPT),
    ]

"""Departments: faculties, chairs and offices, each with the unit above it."""

from collections.abc import Sequence
from typing import Any

from services.loader.mapping.column_types import BIGINT, BOOLEAN
from services.loader.mapping.fields import Field, Leftovers, classifier, scalar
from services.loader.mapping.person import DEPARTMENT
from services.loader.mapping.unknown_fields import Known
from services.loader.mapping.values import Json


def department_fields() -> list[Field]:
    return [
        scalar("hemis_id", BIGINT, "id"),
        scalar("name"),
        scalar("code"),
        classifier("structureType", "structure_type"),
        classifier("localityType", "locality_type"),
        _parent(),
        scalar("active", BOOLEAN),
    ]


def _parent() -> Field:
    """The unit above: null, its id or the whole unit, by HEMIS's version."""

    def read(value: Json, leftovers: Leftovers) -> Sequence[Any]:
        if type(value) is dict:
            unit, value = value, value.pop("id", None)
            if unit:
                leftovers["parent"] = unit
        return (BIGINT.read(value),)

    known: Known = {part: {} for part in ("id", "name", "code", *DEPARTMENT)}
    return Field("parent", ("parent_id",), (BIGINT,), read, known=known)

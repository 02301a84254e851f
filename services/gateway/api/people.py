"""Request models that name a person: by the HEMIS id, by the id number, or by both."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.records import MAX_ID
from libs.common.contracts.resources import Resource

HemisId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
IdNumber = Annotated[str, Field(strict=True, pattern=r"^[!-~]{1,32}$")]


class Person(BaseModel):
    """Subclasses add the field of the id number, under its name in HEMIS."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    resource: ClassVar[Resource]

    hemis_id: HemisId | None = None

    @property
    def id_number(self) -> str | None:
        number: str | None = getattr(self, self.resource.number_field)
        return number

    def wanted(self) -> WantedRecord:
        return WantedRecord(hemis_id=self.hemis_id, id_number=self.id_number)


class _Wanted(Person):
    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.hemis_id is None and self.id_number is None:
            raise ValueError(f"give hemis_id, {self.resource.number_field}, or both")
        return self


class StudentWanted(_Wanted):
    """At least one of the two; given both, they must name the same student."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hemis_id": 50421, "student_id_number": "326251200658"}]}
    )
    resource = Resource.STUDENTS

    student_id_number: IdNumber | None = None


class EmployeeWanted(_Wanted):
    """At least one of the two; given both, they must name the same employee."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hemis_id": 1826, "employee_id_number": "3262311010"}]}
    )
    resource = Resource.EMPLOYEES

    employee_id_number: IdNumber | None = None

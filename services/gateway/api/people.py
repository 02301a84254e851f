"""Request models that name a person: by the HEMIS id, by the id number, or by both."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.records import MAX_ID

HemisId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
IdNumber = Annotated[str, Field(strict=True, pattern=r"^[!-~]{1,32}$")]


class _Person(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    hemis_id: HemisId | None = None


class StudentWanted(_Person):
    """At least one of the two; given both, they must name the same student."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hemis_id": 50421, "student_id_number": "326251200658"}]}
    )

    student_id_number: IdNumber | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.hemis_id is None and self.student_id_number is None:
            raise ValueError("give hemis_id, student_id_number, or both")
        return self

    def wanted(self) -> WantedRecord:
        return WantedRecord(hemis_id=self.hemis_id, id_number=self.student_id_number)


class EmployeeWanted(_Person):
    """At least one of the two; given both, they must name the same employee."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hemis_id": 1826, "employee_id_number": "3262311010"}]}
    )

    employee_id_number: IdNumber | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.hemis_id is None and self.employee_id_number is None:
            raise ValueError("give hemis_id, employee_id_number, or both")
        return self

    def wanted(self) -> WantedRecord:
        return WantedRecord(hemis_id=self.hemis_id, id_number=self.employee_id_number)

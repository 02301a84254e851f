"""The loader's half of the registry: a resource's table and the columns of its items."""

import hashlib
from dataclasses import dataclass
from datetime import tzinfo

from libs.common.contracts.resources import Resource
from services.loader.resources.employees import employee_fields
from services.loader.resources.fields import Mapping
from services.loader.resources.students import student_fields


@dataclass(frozen=True, slots=True)
class Table:
    """Where a resource's records become rows; a row's key is one or two of its columns."""

    name: str
    key_columns: tuple[str, ...]
    mapping: Mapping
    mapping_version: str
    """Changes with the columns and the time zone, so that a changed mapping rewrites rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a staged row, in order."""
        return (*self.mapping.columns, *self.key_columns[1:], "content_hash", "fetched_at")


def tables(zone: tzinfo) -> dict[Resource, Table]:
    students = Mapping(student_fields(zone))
    employees = Mapping(employee_fields(zone), renamed={"update_at": "updated_at"})
    return {
        Resource.STUDENTS: _table("students", ("hemis_id",), students, zone),
        Resource.EMPLOYEES: _table(
            "employee_positions", ("hemis_id", "position_key"), employees, zone
        ),
    }


def _table(name: str, key: tuple[str, ...], mapping: Mapping, zone: tzinfo) -> Table:
    version = hashlib.sha256(f"{mapping.columns}{zone}".encode()).hexdigest()[:8]
    return Table(name, key, mapping, version)
